"""Losses of the ranker over a list of candidates, the right one first."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def list_wise(logits: Tensor, cosines: Tensor, cosine_scale: Tensor) -> Tensor:
    """Cross entropy of the first candidate over logits [Q, C].

    The pre-ranking's cosines [Q, C] are added, scaled: the ranker learns what they leave open.
    """
    first = torch.zeros(len(logits), dtype=torch.long, device=logits.device)
    return F.cross_entropy(logits + cosine_scale * cosines, first)


def binary_matching(logits: Tensor, positive_weight: float) -> Tensor:
    """Two-way matching of each side's logits [Q, C, 2]: the first candidate matches, others do not.

    Several captions fit several photos, so negatives count less than their number.
    """
    positive = F.softplus(-logits[:, 0]).mean()
    negative = F.softplus(logits[:, 1:]).mean()
    return positive_weight * positive + (1 - positive_weight) * negative
