import numpy as np
import torch

from r2d2.data.pretrained import Classifier
from r2d2.losses.classifier_teacher import ClassLikeFeatures, classifier_loss
from r2d2.losses.contrastive import info_nce, multi_positive, soften
from r2d2.losses.distillation import feature_guided, ranking_guided, target_guided
from r2d2.losses.mixup import flip_coin_mixup
from r2d2.losses.queue import EmbeddingQueue


def test_info_nce_is_low_only_where_rows_meet_their_columns() -> None:
    right = 10 * torch.eye(4)
    assert info_nce(right) < 0.01
    assert info_nce(right.roll(1, 0)) > 5
    torch.testing.assert_close(info_nce(right, torch.eye(4)), info_nce(right))


def test_softened_targets_forgive_what_the_teacher_holds_for_alike() -> None:
    logits = torch.tensor([[5.0, 5.0, 0.0], [5.0, 5.0, 0.0], [0.0, 0.0, 5.0]])
    alike = torch.tensor([[9.0, 9.0, 0.0], [9.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    targets = soften(alike, 1.0)
    torch.testing.assert_close(targets.sum(1), torch.ones(3))
    # The gradient on the pair that is alike vanishes; with one-hot targets it does not.
    for target, expected in ((targets, 0.0), (None, 1 / 3)):
        free = logits.clone().requires_grad_(True)
        info_nce(free, target).backward()
        assert free.grad is not None
        assert abs(abs(float(free.grad[0, 1])) * 2 - expected) < 0.2


def test_columns_beyond_the_batch_are_negatives() -> None:
    logits = 5 * torch.eye(4)
    far, near = (torch.cat((logits, torch.full((4, 3), v)), 1) for v in (-9.0, 5.0))
    torch.testing.assert_close(info_nce(logits, back=logits), info_nce(logits))
    assert info_nce(far, back=far) < info_nce(logits) + 0.01
    for targets in (None, torch.eye(4)):
        assert info_nce(near, targets, near) > info_nce(logits) + 1


def test_a_queue_keeps_the_latest_and_is_no_negative_for_its_own_photo() -> None:
    queue = EmbeddingQueue(3)
    keys, scale = torch.eye(4)[2:], torch.tensor(10.0)
    torch.testing.assert_close(queue.logits(keys, keys, torch.arange(2), scale), 10 * torch.eye(2))
    queue.push(torch.eye(4)[:2], torch.tensor([7, 8]))
    queue.push(torch.eye(4)[2:], torch.tensor([5, 9]))
    assert queue.photos.tolist() == [8, 5, 9]
    logits = queue.logits(keys, keys, torch.tensor([5, 1]), scale)
    torch.testing.assert_close(logits[:, :2], 10 * torch.eye(2))
    assert logits[0, 3] < -1000
    assert logits[1, 2:].tolist() == [0, 0, 10]
    again = EmbeddingQueue(3)
    again.load_state_dict(queue.state_dict())
    torch.testing.assert_close(again.embeddings, queue.embeddings)


def test_a_queue_that_was_read_into_memory_joins_the_embeddings_where_they_are() -> None:
    # The meta device refuses other devices' tensors as an accelerator does.
    away, photos = torch.eye(4, device="meta"), torch.arange(4)
    for use in ("logits", "push"):
        queue = EmbeddingQueue(6)
        queue.load_state_dict({"embeddings": torch.eye(4), "photos": photos})
        if use == "push":
            queue.push(away, photos)
            assert queue.embeddings.device == away.device
        else:
            logits = queue.logits(away, away, photos, torch.tensor(10.0, device="meta"))
            assert logits.shape == (4, 8)


def test_target_guided_targets_share_among_photos_whose_captions_agree() -> None:
    photos = torch.eye(3)
    texts = torch.tensor([[1.0, 0, 0], [1.0, 0, 0], [0, 0, 1.0]])
    targets = target_guided(photos, texts, torch.tensor(4.0), 0.5)
    torch.testing.assert_close(targets.sum(1), torch.ones(3))
    assert targets[0, 0] > targets[0, 1] > 10 * targets[0, 2]


def test_feature_guided_distance_is_that_of_directions() -> None:
    teacher = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    assert feature_guided(3 * teacher, teacher) < 1e-6
    assert abs(float(feature_guided(-teacher, teacher)) - 4) < 1e-6


def test_ranking_guided_loss_is_least_for_the_teachers_order() -> None:
    teacher = torch.tensor([[4.0, 2.0, 0.0], [0.0, 4.0, 2.0], [2.0, 0.0, 4.0]])
    hard = 9 * torch.eye(3)
    assert ranking_guided(teacher, teacher) < ranking_guided(hard, teacher)
    assert ranking_guided(teacher, teacher) < ranking_guided(teacher.T, teacher)


def test_mixup_mixes_one_side_and_says_so_in_the_targets() -> None:
    rng = np.random.default_rng(0)
    photos, texts = torch.eye(6), [2 * torch.eye(6)]
    sides = []
    for _ in range(12):
        mixed = flip_coin_mixup(photos, texts, None, rng)
        torch.testing.assert_close(mixed.targets.sum(1), torch.ones(6))
        if torch.equal(mixed.photos, photos):
            sides.append("texts")
            torch.testing.assert_close(mixed.texts[0] / 2, mixed.targets.T)
        else:
            sides.append("photos")
            assert torch.equal(mixed.texts[0], texts[0])
            torch.testing.assert_close(mixed.photos, mixed.targets)
    assert set(sides) == {"photos", "texts"}


def test_mixup_carries_softened_targets_along() -> None:
    rng = np.random.default_rng(0)
    # Of no symmetry: the first photo fits the second text, too, but not the other way round.
    targets = torch.eye(4)
    targets[0] = torch.tensor([0.6, 0.4, 0.0, 0.0])
    for _ in range(12):
        mixed = flip_coin_mixup(torch.eye(4), [torch.eye(4)], targets, rng)
        torch.testing.assert_close(mixed.targets.sum(1), torch.ones(4))
        # Photos and texts are unit vectors, so that after mixing they are the mixing itself.
        expected = mixed.photos @ targets @ mixed.texts[0].T
        torch.testing.assert_close(mixed.targets, expected)


def test_a_text_may_fit_several_photos() -> None:
    fits = torch.tensor([[1.0, 1.0, 0.0]])
    both = multi_positive(torch.tensor([[4.0, 4.0, -4.0]]), fits)
    one = multi_positive(torch.tensor([[8.0, -4.0, -4.0]]), fits)
    assert both < one


def test_class_like_features_reach_many_classes() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(12, 64, generator=generator)
    photos = torch.rand(50, 2 * 64 + 8, generator=generator) + 1
    # No class gains from what all photos share.
    classifier = Classifier(8 * (weight - weight.mean(1, keepdim=True)), torch.zeros(12))
    features = ClassLikeFeatures(classifier, photos).draw(40, generator)
    assert features.shape == photos[:40].shape
    assert features.min() >= 0
    assert len(set(classifier.logits(features).argmax(1).tolist())) > 6
    perfect = classifier.logits(features).log_softmax(1)
    assert classifier_loss(perfect, features, classifier) < classifier_loss(
        perfect.roll(1, 1), features, classifier
    )
