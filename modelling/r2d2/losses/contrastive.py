"""Symmetric InfoNCE, with hard or softened targets."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def info_nce(logits: Tensor, targets: Tensor | None = None, back: Tensor | None = None) -> Tensor:
    """Mean of both directions' cross entropy over logits [N, N], row i belonging to column i.

    `targets` [N, N], rows summing to 1, replace the one-hot ones (target-guided distillation);
    the same targets, normalized by column, serve the other direction. Where the other direction
    has logits of its own, they are `back` [N, M], and `logits` may be [N, M] too: columns beyond N
    are wrong for every row.
    """
    back = logits.T if back is None else back
    columns = None if targets is None else targets.T / targets.T.sum(1, keepdim=True)
    return (_cross_entropy(logits, targets) + _cross_entropy(back, columns)) / 2


def _cross_entropy(logits: Tensor, targets: Tensor | None) -> Tensor:
    if targets is None:
        return F.cross_entropy(logits, torch.arange(len(logits), device=logits.device))
    return -(targets * logits.log_softmax(1)[:, : len(logits)]).sum(1).mean()


def soften(similarities: Tensor, weight: float) -> Tensor:
    """One-hot targets mixed with a teacher's softmax over scaled similarities [N, N]."""
    own = torch.eye(len(similarities), device=similarities.device)
    return (1 - weight) * own + weight * similarities.softmax(1)


def multi_positive(logits: Tensor, fits: Tensor) -> Tensor:
    """Cross entropy of texts that fit several photos: logits and fits [texts, photos].

    The targets of a text are its fits, normalized; a text without any must not be passed.
    """
    targets = fits / fits.sum(1, keepdim=True)
    return -(targets * logits.log_softmax(1)).sum(1).mean()
