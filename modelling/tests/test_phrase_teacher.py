import torch

from r2d2.training.phrase_teacher import leave_one_out, taught_targets


def test_the_teacher_finds_photos_whose_captions_leave_the_word_out() -> None:
    generator = torch.Generator().manual_seed(0)
    kind = torch.arange(200) % 4
    centres = torch.randn(4, 30, generator=generator)
    photos = centres[kind] + 0.8 * torch.randn(200, 30, generator=generator)
    shows = torch.nn.functional.one_hot(kind, 4).float()
    # Every second photo's captions say nothing of what it shows.
    said = shows * (torch.arange(200) // 4 % 2 == 0)[:, None]
    scores = leave_one_out([photos, photos], (20, 10), said)
    silent = said.sum(1) == 0
    assert (scores[silent].argmax(1) == kind[silent]).float().mean() > 0.9


def test_no_photo_speaks_for_itself() -> None:
    generator = torch.Generator().manual_seed(0)
    photos = torch.randn(80, 12, generator=generator)
    fits = (torch.rand(80, 5, generator=generator) < 0.3).float()
    before = leave_one_out([photos], (12,), fits)
    fits[7] = 1 - fits[7]
    after = leave_one_out([photos], (12,), fits)
    torch.testing.assert_close(after[7], before[7], atol=2e-3, rtol=0)
    assert (after - before).abs().max() > 0.01


def test_targets_sum_to_one_and_hold_the_share_of_the_teacher() -> None:
    fits = torch.tensor([[1.0, 0.5, 0.0], [0.0, 0.0, 1.0]])
    scores = torch.tensor([[0.1, 0.1, 0.2], [-0.1, 0.3, 0.3]])
    targets = taught_targets(fits, scores, 0.5, 3.0)
    torch.testing.assert_close(targets.sum(1), torch.ones(2))
    torch.testing.assert_close(targets[1], torch.tensor([0.0, 0.25, 0.75]))
    torch.testing.assert_close(taught_targets(fits, scores, 0.0, 3.0)[0], fits[0] / 1.5)
    flat = taught_targets(fits, scores, 1.0, 0.5)
    assert 0.25 < flat[0, 0] < targets.new_tensor(1 / 3)
