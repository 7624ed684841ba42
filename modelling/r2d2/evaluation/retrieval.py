"""Recall of the pre-ranking, both ways."""

from __future__ import annotations

import torch
from torch import Tensor

CUTS = (1, 5, 10)


def ranks(queries: Tensor, library: Tensor, right: Tensor) -> Tensor:
    """How many of the library [N, D] score above the right one of each query [Q, D], [Q]."""
    scores = queries @ library.T
    return (scores > scores.gather(1, right[:, None])).sum(1)


def recalls(found: Tensor) -> dict[str, float]:
    """R@1, R@5 and R@10 in percent from the ranks of the right answers."""
    return {f"R@{cut}": 100 * float((found < cut).float().mean()) for cut in CUTS}


def text_to_photo(texts: Tensor, photos: Tensor, photo_of_text: Tensor) -> dict[str, float]:
    """Every caption a query over all photos."""
    return recalls(ranks(texts, photos, photo_of_text))


def photo_to_text(texts: Tensor, photos: Tensor, photo_of_text: Tensor) -> dict[str, float]:
    """Every photo a query over all captions; the best of its own captions counts."""
    scores = photos @ texts.T
    own = photo_of_text[None] == torch.arange(len(photos))[:, None]
    best = scores.masked_fill(~own, -torch.inf).amax(1, keepdim=True)
    return recalls((scores > best).sum(1))
