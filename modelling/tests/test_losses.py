import torch

from r2d2.data.pretrained import Classifier
from r2d2.losses.classifier_teacher import class_like_features, classifier_loss
from r2d2.losses.contrastive import info_nce, multi_positive, soften


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
    features = class_like_features(40, classifier, photos, generator)
    assert features.shape == photos[:40].shape
    assert features.min() >= 0
    assert len(set(classifier.logits(features).argmax(1).tolist())) > 6
    perfect = classifier.logits(features).log_softmax(1)
    assert classifier_loss(perfect, features, classifier) < classifier_loss(
        perfect.roll(1, 1), features, classifier
    )
