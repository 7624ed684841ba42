"""A teacher that says which photos a phrase fits, beyond those whose captions happen to hold it.

Captions leave out most of what a photo shows. Kernel ridge regression from the photos' features to
each phrase fills that in: what it says of a photo, having learned from all others, is what a photo
never seen would get. Student and teacher read the same features, and still the student finds more
by learning from it than from the captions' words (target-guided distillation).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from r2d2.architecture.heads import standardize
from r2d2.data.text_cache import TextCache

_RIDGE = 1.0


@dataclass(frozen=True)
class TaughtPhrases:
    """Phrases with their states, and which photos they fit by captions and by the teacher.

    `fit` and `scores` are [photos, phrases].
    """

    states: TextCache
    fit: Tensor
    scores: Tensor

    def draw(self, rows: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """At most `count` of the phrases that fit one of the photos at least."""
        present = torch.nonzero(self.fit[rows].sum(0) > 0).squeeze(1)
        return present[torch.randperm(len(present), generator=generator)[:count]]

    def targets(self, picked: Tensor, rows: Tensor, share: float, sharpness: float) -> Tensor:
        """Targets of some phrases over some photos, [phrases, photos] (see `taught_targets`)."""
        fits, scores = self.fit[rows][:, picked].T, self.scores[rows][:, picked].T.float()
        return taught_targets(fits, scores, share, sharpness)


@torch.inference_mode()
def leave_one_out(photos: list[Tensor], blocks: tuple[int, ...], fits: Tensor) -> Tensor:
    """What all other photos say of each photo and text: [N, texts], float16.

    `photos` are pooled features [N, F] of each view, made of `blocks`; `fits` is [N, texts]. The
    kernel is Gaussian, as wide as two photos are apart in the mean.
    """
    features = torch.stack([standardize(view, blocks) for view in photos]).mean(0)
    features = (features - features.mean(0)) / (features.std(0) + 1e-3)
    distances = torch.cdist(features, features).square()
    kernel = (distances / (-2 * features.shape[1])).exp()
    smoother = torch.linalg.solve(kernel + _RIDGE * torch.eye(len(kernel)), kernel)
    own = smoother.diagonal()[:, None]
    mean = fits.mean(0)
    centred = fits - mean
    scores: Tensor = ((smoother @ centred) - own * centred) / (1 - own) + mean
    return scores.half().clone()


def taught_targets(fits: Tensor, scores: Tensor, share: float, sharpness: float) -> Tensor:
    """Targets of texts over photos, [texts, photos], rows summing to 1.

    Of the captions' own word `fits`, each row with one fit at least, and the teacher's `scores` in
    the given share, raised to the power of `sharpness`.
    """
    taught = scores.clamp(min=0.0) ** sharpness
    return (1 - share) * F.normalize(fits, p=1, dim=1) + share * F.normalize(taught, p=1, dim=1)
