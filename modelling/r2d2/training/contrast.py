"""The captions' loss of the dual encoder: contrast over a batch, and all that may stand beside it.

The momentum model is the heads' moving average. It softens targets, fills queues of negatives and
gives features that the student's are pulled to; a ranker can teach the order of a whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from r2d2.data.corpus import CaptionTable
from r2d2.losses.contrastive import info_nce
from r2d2.losses.distillation import feature_guided, ranking_guided, target_guided
from r2d2.losses.mixup import flip_coin_mixup
from r2d2.losses.queue import EmbeddingQueue
from r2d2.training.batches import Rows
from r2d2.training.config import AlignConfig

# Match logits [photos, captions], given their rows.
Ranking = Callable[[Rows, Rows], Tensor]


@dataclass(frozen=True)
class CaptionBatch:
    """Photos of a step, and one caption of each from every source that takes part."""

    photo_rows: Rows
    # By source: rows of the text cache.
    caption_rows: dict[str, Rows]
    # Pooled features that the heads read: photos [N, F], and texts [N, F] of each source.
    photos: Tensor
    texts: list[Tensor]
    # Contrastive targets [N, N] where they are not one-hot.
    targets: Tensor | None = None
    # The source whose captions the ranker teaches in this step; it is too slow for all.
    ranked: str | None = None

    def part(self, rows: slice) -> CaptionBatch:
        """The features of some of the photos and of their captions."""
        return replace(self, photos=self.photos[rows], texts=[text[rows] for text in self.texts])


def caption_batch(
    tables: list[CaptionTable],
    captions: Tensor,
    rows: Rows,
    photos: Tensor,
    view: int,
    rng: np.random.Generator,
) -> CaptionBatch:
    """A batch of photos, whose features `photos` are of one view, with a caption from each table.

    `captions` are the pooled features of all captions.
    """
    picked = {table.name: table.pick(rows, view, rng) for table in tables}
    return CaptionBatch(
        rows, picked, photos, [captions[own].to(photos.device) for own in picked.values()]
    )


def noisy(features: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """Each value times one plus noise of this deviation."""
    if not amount:
        return features
    noise = torch.randn(features.shape, generator=generator).to(features.device)
    return features * (1 + amount * noise)


class CaptionContrast:
    """Turns a batch of captioned photos into losses; `[photos, *texts]` are its embeddings."""

    def __init__(self, options: AlignConfig, ranking: Ranking | None = None) -> None:
        if options.rank_targets and ranking is None:
            raise ValueError("rank_targets needs a trained ranker as the teacher")
        self.options, self.ranking = options, ranking
        self.photo_queue = EmbeddingQueue(options.queue)
        self.text_queues: dict[str, EmbeddingQueue] = {}

    @property
    def needs_momentum(self) -> bool:
        """Whether the losses read what the momentum model makes of a batch."""
        options = self.options
        return bool(options.soft_targets or options.queue or options.feature_targets)

    def prepare(
        self,
        batch: CaptionBatch,
        momentum: list[Tensor],
        scale: Tensor,
        rng: np.random.Generator,
    ) -> CaptionBatch:
        """The batch as the student reads it: with softened targets, perhaps mixed.

        `momentum` are the momentum model's embeddings; none while it is too young to be heard.
        """
        options, targets = self.options, None
        if options.soft_targets and momentum:
            texts = F.normalize(torch.stack(momentum[1:]).mean(0), dim=1)
            targets = target_guided(momentum[0], texts, scale, options.soft_targets)
        photos, features = batch.photos, batch.texts
        if options.mixup and rng.random() < options.mixup:
            photos, features, targets = flip_coin_mixup(photos, features, targets, rng)
        ranked = None
        if options.rank_targets:
            ranked = list(batch.caption_rows)[int(rng.integers(len(batch.caption_rows)))]
        return replace(batch, photos=photos, texts=features, targets=targets, ranked=ranked)

    def losses(
        self, batch: CaptionBatch, embeddings: list[Tensor], momentum: list[Tensor], scale: Tensor
    ) -> dict[str, Tensor]:
        """One contrastive loss for each source, and the distillations that are asked for."""
        photos, texts = embeddings[0], embeddings[1:]
        losses = {}
        for i, (source, captions) in enumerate(batch.caption_rows.items()):
            logits = scale * photos @ texts[i].T
            if self.options.queue and momentum:
                keys = momentum[0], momentum[1 + i]
                loss = self._queue_loss(source, batch, photos, texts[i], keys, scale)
            else:
                loss = info_nce(logits, batch.targets)
            losses[source] = loss / len(texts)
            if self.ranking is not None and source == batch.ranked:
                taught = ranking_guided(logits, self.ranking(batch.photo_rows, captions))
                losses["ranking"] = self.options.rank_targets * taught
        if self.options.feature_targets and momentum:
            pulled = [feature_guided(s, t) for s, t in zip(embeddings, momentum, strict=True)]
            losses["features"] = self.options.feature_targets * torch.stack(pulled).mean()
        if self.options.queue and momentum:
            self.photo_queue.push(momentum[0], torch.from_numpy(batch.photo_rows))
        return losses

    def _queue_loss(
        self,
        source: str,
        batch: CaptionBatch,
        photos: Tensor,
        texts: Tensor,
        keys: tuple[Tensor, Tensor],
        scale: Tensor,
    ) -> Tensor:
        """Contrast with the momentum model's photos and texts, of this batch and earlier ones."""
        rows = torch.from_numpy(batch.photo_rows)
        queue = self.text_queues.setdefault(source, EmbeddingQueue(self.options.queue))
        to_texts = queue.logits(photos, keys[1], rows, scale)
        to_photos = self.photo_queue.logits(texts, keys[0], rows, scale)
        queue.push(keys[1], rows)
        return info_nce(to_texts, batch.targets, to_photos)

    def state_dict(self) -> dict[str, Any]:
        """The queues."""
        texts = {source: queue.state_dict() for source, queue in self.text_queues.items()}
        return {"photos": self.photo_queue.state_dict(), "texts": texts}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Inverse of `state_dict`."""
        self.photo_queue.load_state_dict(state["photos"])
        for source, entries in state["texts"].items():
            self.text_queues[source] = EmbeddingQueue(self.options.queue)
            self.text_queues[source].load_state_dict(entries)
