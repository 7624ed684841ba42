"""Cached features as tensors: what the heads read during training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from r2d2.architecture import R2D2
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.data.corpus import CaptionedPhotos, CaptionTable
from r2d2.data.feature_cache import FeatureCache
from r2d2.data.text_cache import TextCache, read_words
from r2d2.device import device_of
from r2d2.evaluation.report import Encoded, SourceEncodings


@torch.inference_mode()
def pooled_features(cache: FeatureCache, encoder: ImageEncoder) -> list[Tensor]:
    """What the image embedding head reads, [N, pooled width] for each view."""
    where = device_of(encoder)

    def pooled(cells: Tensor, texture: Tensor) -> Tensor:
        features = encoder.backbone.features(cells.to(where))
        return encoder.pool(features, texture.to(where)).cpu()

    return [
        torch.cat([pooled(*batch) for batch in cache.batches(view)])
        for view in range(len(cache.views))
    ]


def cells(view: NDArray[np.float16], rows: NDArray[np.int64]) -> Tensor:
    """The backbone's cells of some photos, [N, P, neck + grain width]."""
    return torch.from_numpy(view[rows].astype(np.float32))


def pieces(model: R2D2, captions: TextCache, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """What the text token head reads of some captions, [N, L, state + word width], and the mask,
    where the model is.
    """
    hidden, mask = captions.batch(rows)
    words = read_words(model.text_encoder.bert, captions.texts.batch(rows)[0])
    return torch.cat((hidden.to(words.device), words), 2), mask.to(words.device)


@torch.inference_mode()
def encode_cached(model: R2D2, split: CaptionedPhotos, captions: TextCache) -> Encoded:
    """What both encoders make of a split's photos and captions, from the frozen parts' caches."""
    parts = [model.image_encoder.encode(*batch) for batch in split.features.batches(0)]
    photos, tokens = (torch.cat(side) for side in zip(*parts, strict=True))
    sources = [_encode_captions(model, table, captions) for table in split.sources]
    return Encoded(photos, tokens, sources)


def _encode_captions(model: R2D2, table: CaptionTable, captions: TextCache) -> SourceEncodings:
    encoder = model.text_encoder
    rows = table.rows.reshape(-1)
    embeddings = torch.empty(len(rows), model.config.embedding_width)
    tokens: list[Tensor] = [torch.empty(0)] * len(rows)
    lengths = np.diff(captions.texts.offsets)[rows]
    for batch in np.array_split(lengths.argsort(kind="stable"), -(-len(rows) // 256)):
        found, mask = pieces(model, captions, rows[batch])
        pooled = torch.from_numpy(captions.pooled[rows[batch]])
        embeddings[batch] = encoder.embedding_head(pooled)
        states = encoder.tokens(found, embeddings[batch], mask)
        for i, row in enumerate(batch):
            tokens[row] = states[i, : lengths[row]].clone()
    photo = torch.arange(len(table.rows)).repeat_interleave(table.rows.shape[1])
    return SourceEncodings(table.name, embeddings, tokens, photo)
