"""The dual encoder: embedding heads on frozen features, trained on all sources at once.

Every step takes a batch of photos and, for each caption source, one caption of each photo; phrases,
class names and labelled photos have losses of their own beside it.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from r2d2.architecture.config import ExpertConfig, R2D2Config
from r2d2.architecture.image_encoder import image_head
from r2d2.architecture.text_encoder import text_head
from r2d2.data.corpus import Corpus
from r2d2.device import best_device, half_precision
from r2d2.training.averaging import MovingAverage
from r2d2.training.batches import Rows, alike_batches, random_batches
from r2d2.training.config import AlignConfig
from r2d2.training.contrast import CaptionBatch, CaptionContrast, Ranking, caption_batch, noisy
from r2d2.training.decoupling import Decoupled
from r2d2.training.distributed import average_gradients, gather, share
from r2d2.training.dual_heads import AlignData, DualHeads
from r2d2.training.optimizer import one_cycle_adamw
from r2d2.training.progress import Progress, Stateful
from r2d2.training.run_log import RunLog
from r2d2.training.short_texts import ShortTexts


def member_heads(config: R2D2Config, expert: ExpertConfig, options: AlignConfig) -> DualHeads:
    """Fresh heads of one expert."""
    return DualHeads(
        image_head(config.image, (expert,), options.dropout),
        text_head(config.text, (expert,), options.dropout),
        options,
    )


class Aligner:
    """One training run of the heads; `name` is what its log calls it."""

    def __init__(
        self,
        corpus: Corpus,
        data: AlignData,
        heads: DualHeads,
        options: AlignConfig,
        seed: int,
        ranking: Ranking | None = None,
        name: str = "align",
    ) -> None:
        self.corpus, self.data, self.options, self.name = corpus, data, options, name
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.rows = np.arange(len(corpus.train.names))
        self.device = best_device()
        self.heads = heads.to(self.device)
        self.average = MovingAverage(self.heads)
        self.contrast = CaptionContrast(options, ranking)
        self.batches = len(self.rows) // options.batch
        self.optimizer, self.schedule = one_cycle_adamw(
            self.heads.parameters(),
            options.learning_rate,
            options.weight_decay,
            options.epochs * self.batches,
        )
        self.short_texts = ShortTexts(corpus, data, options, self.rng, self.generator)

    def train(self, log: RunLog | None = None, state: Path | None = None) -> DualHeads:
        """Runs all epochs; the heads that come back are the moving average's.

        With a file for the `state`, epochs that were done before a stop are not done again.
        """
        progress = None if state is None else self._progress(state)
        for epoch in range(progress.load() if progress else 0, self.options.epochs):
            totals: dict[str, float] = {}
            for rows in self._epoch_batches():
                for name, value in self._step(rows, epoch).items():
                    totals[name] = totals.get(name, 0.0) + value / self.batches
            if log is not None:
                log.scalars(epoch, {f"{self.name}/{name}": value for name, value in totals.items()})
                if epoch % 5 == 4:
                    parts = "  ".join(f"{name} {value:.3f}" for name, value in totals.items())
                    log.line(f"{self.name} {epoch + 1} / {self.options.epochs}: {parts}")
            if progress is not None:
                progress.save(epoch + 1)
        return self.average.model.cpu()

    def _progress(self, path: Path) -> Progress:
        parts: dict[str, Stateful] = {
            "heads": self.heads,
            "average": self.average,
            "contrast": self.contrast,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
        }
        return Progress(path, asdict(self.options), parts, self.rng, self.generator)

    @torch.no_grad()
    def _epoch_batches(self) -> list[Rows]:
        if not self.options.grouped:
            return random_batches(self.rows, self.options.batch, self.rng)
        photos = self.average.model.image(self.data.photos[0].to(self.device)).cpu()
        return alike_batches(self.rows, photos, self.options.batch, self.options.grouped, self.rng)

    def _step(self, rows: Rows, epoch: int) -> dict[str, float]:
        self.optimizer.zero_grad()
        with half_precision(self.device):
            losses, decoupled = self._caption_losses(rows, epoch)
            if self.options.fragments:
                features, _ = self._photo_features(rows)
                phrases = self.short_texts.phrase_loss(self.heads, rows, features)
                losses["phrases"] = self.options.fragments * phrases
            if self.options.name_weight:
                names = self.short_texts.name_loss(self.heads, rows)
                losses["names"] = self.options.name_weight * names
            if self.options.label_weight:
                losses["labels"] = self.options.label_weight * self.short_texts.label_loss(
                    self.heads
                )
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        if decoupled is not None:
            with half_precision(self.device):
                decoupled.backward()
        average_gradients(self.heads.parameters())
        self.optimizer.step()
        self.schedule.step()
        self.average.update(self.heads)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _photo_features(self, rows: Rows) -> tuple[Tensor, int]:
        view = int(self.rng.integers(len(self.data.photos)))
        features = self.data.photos[view][rows]
        noised = noisy(features, self.options.feature_noise, self.generator)
        return noised.to(self.device), view

    def _caption_losses(self, rows: Rows, epoch: int) -> tuple[dict[str, Tensor], Decoupled | None]:
        """The losses, and what their backward pass leaves to be done in chunks."""
        batch = self._caption_batch(rows)
        momentum: list[Tensor] = []
        if self.contrast.needs_momentum and epoch >= self.options.momentum_from_epoch:
            with torch.no_grad():
                own = batch.part(share(len(rows)))
                momentum = [gather(side) for side in self.average.model.embed(own)]
        scale = self.heads.caption_scale.exp()
        batch = self.contrast.prepare(batch, momentum, scale, self.rng)
        own, decoupled = batch.part(share(len(rows))), None
        if self.options.chunk:
            decoupled = Decoupled(
                lambda part: self.heads.embed(own.part(part)), len(own.photos), self.options.chunk
            )
        sides = self.heads.embed(own) if decoupled is None else decoupled.sides
        embeddings = [gather(side) for side in sides]
        return self.contrast.losses(batch, embeddings, momentum, scale), decoupled

    def _caption_batch(self, rows: Rows) -> CaptionBatch:
        photos, view = self._photo_features(rows)
        tables = self.corpus.train.sources
        if self.options.one_source:
            tables = [tables[int(self.rng.integers(len(tables)))]]
        return caption_batch(tables, self.data.captions, rows, photos, view, self.rng)
