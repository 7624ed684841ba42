"""Cached features as tensors: what the heads read during training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.data.feature_cache import FeatureCache


@torch.inference_mode()
def pooled_features(cache: FeatureCache, backbone: EfficientNetLite) -> list[Tensor]:
    """What the image embedding head reads, [N, pooled width] for each view."""
    views = []
    for view, texture in zip(cache.views, cache.textures, strict=True):
        parts = [
            ImageEncoder.pool(
                backbone.features(torch.from_numpy(view[i : i + 256].astype(np.float32))),
                torch.from_numpy(texture[i : i + 256]),
            )
            for i in range(0, len(view), 256)
        ]
        views.append(torch.cat(parts).clone())
    return views


def necks(view: NDArray[np.float16], rows: NDArray[np.int64]) -> Tensor:
    """The backbone's cells of some photos, [N, P, neck width]."""
    return torch.from_numpy(view[rows].astype(np.float32))
