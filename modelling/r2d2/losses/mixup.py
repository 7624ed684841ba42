"""Coin-flip mixup (ZeroVL): photos or texts of a batch are mixed, never both at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

# Both parameters of the Beta distribution of an example's own share.
_CONCENTRATION = 0.3


class Mixed(NamedTuple):
    """Features after mixing, and the contrastive targets that go with them, photos first."""

    photos: Tensor
    texts: list[Tensor]
    targets: Tensor


def flip_coin_mixup(
    photos: Tensor, texts: list[Tensor], targets: Tensor | None, rng: np.random.Generator
) -> Mixed:
    """Adds to each row of one side's features [N, F] a share of another row's.

    `targets` [N, N], where given, are the ones before mixing, photos first; rows sum to 1.
    """
    mix_photos = rng.random() < 0.5
    own = torch.eye(len(photos), device=photos.device)
    share = float(rng.beta(_CONCENTRATION, _CONCENTRATION))
    mixing = share * own + (1 - share) * own[torch.from_numpy(rng.permutation(len(photos)))]
    before = own if targets is None else targets
    if mix_photos:
        return Mixed(mixing @ photos, texts, mixing @ before)
    return Mixed(photos, [mixing @ text for text in texts], before @ mixing.T)
