"""The photo encoder as its own teacher: the mean of what it says of several readings of a photo.

One reading samples a photo at one set of points, and the pretrained classifier was made for larger
ones. The same weights, read at several sizes and mirrored, agree on what is in the photo and
disagree on what the sampling made of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from r2d2.architecture import ImageConfig
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.data.corpus import Corpus
from r2d2.data.layout import captioned_folder, labelled_shards, photo_sources
from r2d2.data.photos import read_photos, squash, to_pixels
from r2d2.device import device_of, half_precision
from r2d2.evaluation.stored_photos import in_batches
from r2d2.training.batches import Rows

_BATCH = 32


def photo_targets(
    encoder: ImageEncoder, config: ImageConfig, corpus: Corpus, data: Path, sizes: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """`mean_embeddings` of the captioned photos and of the labelled ones that are not held back.

    Rows of the first are those of the corpus, of the second those of `trained_labelled`.
    """
    own = [corpus.labelled.photos[row] for row in trained_labelled(corpus)]
    captioned = read_photos(photo_sources(captioned_folder(data), "train"))
    labelled = read_photos(labelled_shards(data), frozenset(own))
    train, rest = (
        mean_embeddings(encoder, config, (photo for _, photo in photos), sizes)
        for photos in (captioned, labelled)
    )
    return train, rest


def trained_labelled(corpus: Corpus) -> Rows:
    """Rows of the labelled photos that are not held back for measuring."""
    return np.flatnonzero(~corpus.labelled.held_back)


@torch.inference_mode()
def mean_embeddings(
    encoder: ImageEncoder,
    config: ImageConfig,
    photos: Iterable[Image.Image],
    sizes: tuple[int, ...],
) -> Tensor:
    """What each photo's readings at all sizes, plain and mirrored, say in the mean, [N, D].

    Each expert's part has unit length.
    """
    where = device_of(encoder)
    backbones = [_at_size(encoder.backbone, config, size).to(where) for size in sizes]
    found: list[Tensor] = []
    for batch in in_batches(photos, _BATCH):
        readings = []
        for size, backbone in zip(sizes, backbones, strict=True):
            squashed = [squash(photo, size) for photo in batch]
            for reading in (squashed, [ImageOps.mirror(photo) for photo in squashed]):
                pixels = to_pixels(reading, config).contiguous(memory_format=torch.channels_last)
                with half_precision(where):
                    cells, texture = backbone(pixels.to(where))
                    features = backbone.features(cells)
                pooled = encoder.pool(features.float(), texture.float())
                readings.append(encoder.embedding_head(pooled).cpu())
        found.append(unit_parts(torch.stack(readings).mean(0), encoder.hubness.widths))
    return torch.cat(found)


def unit_parts(embeddings: Tensor, widths: tuple[int, ...]) -> Tensor:
    """Embeddings [N, D] with each expert's part brought to unit length."""
    parts = torch.split(embeddings, list(widths), 1)
    return torch.cat([F.normalize(part, dim=1) for part in parts], 1)


def _at_size(backbone: EfficientNetLite, config: ImageConfig, size: int) -> EfficientNetLite:
    """The same weights for photos of another size; borders of the convolutions depend on it."""
    other = EfficientNetLite(replace(config, size=size))
    other.load_state_dict(backbone.state_dict())
    return other.eval().to(memory_format=torch.channels_last)
