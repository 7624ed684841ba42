"""A photo classifier as the teacher over class names (target-guided distillation)."""

from __future__ import annotations

import torch
from torch import Tensor

from r2d2.data.pretrained import Classifier


def class_like_features(
    count: int, classifier: Classifier, photos: Tensor, generator: torch.Generator
) -> Tensor:
    """Pooled features that look like photos of random classes, [count, feature width].

    No photos of the 1,000 classes are at hand. A class's weight vector points to where its photos
    lie, so mean features start at the mean photo, go that way about as far as photos spread, and
    keep part of what sets a random real photo apart. Their maximum follows as it does among real
    photos; the texture is the real photo's.
    """
    width = classifier.weight.shape[1]
    means, highest = photos[:, :width], photos[:, width : 2 * width]
    centre = means.mean(0)
    directions = classifier.weight - classifier.weight.mean(0)
    directions = directions / directions.norm(dim=1, keepdim=True)
    spread = (means - centre).norm(dim=1).mean()
    slope = ((means - centre) * (highest - highest.mean(0))).mean(0) / (means.var(0) + 1e-6)
    classes = torch.randint(len(directions), (count,), generator=generator)
    real = photos[torch.randint(len(photos), (count,), generator=generator)]
    distance = spread * (0.6 + 0.8 * torch.rand(count, 1, generator=generator))
    keep = 0.8 * torch.rand(count, 1, generator=generator)
    mean = (centre + directions[classes] * distance + keep * (real[:, :width] - centre)).clamp(0, 6)
    moved = (mean - real[:, :width]) * slope
    top = (real[:, width : 2 * width] + moved).clamp(0, 6)
    return torch.cat((mean, top, real[:, 2 * width :]), 1)


def classifier_loss(logits: Tensor, features: Tensor, classifier: Classifier) -> Tensor:
    """Cross entropy of photo → name logits [N, 1000] under the classifier's probabilities."""
    with torch.no_grad():
        teacher = classifier.logits(features).softmax(1).to(logits.device)
    loss: Tensor = -(teacher * logits.log_softmax(1)).sum(1).mean()
    return loss
