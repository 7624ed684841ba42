"""A photo classifier as the teacher over class names (target-guided distillation)."""

from __future__ import annotations

import torch
from torch import Tensor

from r2d2.data.pretrained import Classifier


class ClassLikeFeatures:
    """Draws pooled features that look like photos of random classes.

    No photos of the 1,000 classes are at hand. A class's weight vector points to where its photos
    lie, so mean features start at the mean photo, go that way about as far as photos spread, and
    keep part of what sets a random real photo apart. Their maximum follows as it does among real
    photos; the texture is the real photo's.
    """

    def __init__(self, classifier: Classifier, photos: Tensor) -> None:
        self.photos, self.width = photos, classifier.weight.shape[1]
        means, highest = photos[:, : self.width], photos[:, self.width : 2 * self.width]
        self.centre = means.mean(0)
        directions = classifier.weight - classifier.weight.mean(0)
        self.directions = directions / directions.norm(dim=1, keepdim=True)
        away = means - self.centre
        self.spread = away.norm(dim=1).mean()
        self.slope = (away * (highest - highest.mean(0))).mean(0) / (means.var(0) + 1e-6)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """The features of so many photos, [count, feature width]."""
        width, centre = self.width, self.centre
        classes = torch.randint(len(self.directions), (count,), generator=generator)
        real = self.photos[torch.randint(len(self.photos), (count,), generator=generator)]
        distance = self.spread * (0.6 + 0.8 * torch.rand(count, 1, generator=generator))
        keep = 0.8 * torch.rand(count, 1, generator=generator)
        own = real[:, :width]
        mean = (centre + self.directions[classes] * distance + keep * (own - centre)).clamp(0, 6)
        top = (real[:, width : 2 * width] + (mean - own) * self.slope).clamp(0, 6)
        return torch.cat((mean, top, real[:, 2 * width :]), 1)


def classifier_loss(logits: Tensor, features: Tensor, classifier: Classifier) -> Tensor:
    """Cross entropy of photo → name logits [N, 1000] under the classifier's probabilities."""
    with torch.no_grad():
        teacher = classifier.logits(features).softmax(1).to(logits.device)
    loss: Tensor = -(teacher * logits.log_softmax(1)).sum(1).mean()
    return loss
