"""What tuning either pretrained encoder has in common.

Its last layers learn together with embedding heads of their own, from captions and phrases; the
heads learn alone first. They are thrown away afterwards: the experts learn anew on what the tuned
encoder gives.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from r2d2.architecture import R2D2Config
from r2d2.architecture.config import ExpertConfig
from r2d2.data.corpus import Corpus
from r2d2.device import best_device, half_precision
from r2d2.training.align import member_heads
from r2d2.training.averaging import MovingAverage
from r2d2.training.batches import Rows, random_batches
from r2d2.training.config import TuneConfig
from r2d2.training.contrast import CaptionBatch, CaptionContrast, caption_batch, noisy
from r2d2.training.distributed import average_gradients
from r2d2.training.dual_heads import AlignData
from r2d2.training.optimizer import one_cycle_adamw
from r2d2.training.progress import Progress, Stateful
from r2d2.training.run_log import RunLog
from r2d2.training.short_texts import ReadPhrases, ShortTexts


class Tuner(ABC):
    """One run that trains layers of an encoder in place; `name` is what its log calls it.

    `layers` by their names hold the parameters to be tuned, `data` what both encoders give as they
    are now.
    """

    name: str

    def __init__(
        self,
        corpus: Corpus,
        data: AlignData,
        layers: dict[str, nn.Module],
        config: R2D2Config,
        options: TuneConfig,
        seed: int,
    ) -> None:
        self.corpus, self.data, self.options = corpus, data, options
        torch.manual_seed(seed)
        sizes = ExpertConfig(options.width, options.hidden, options.hidden)
        self.heads = member_heads(config, sizes, options.align)
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.rows = np.arange(len(corpus.train.names))
        self.device = best_device()
        self.parts = nn.ModuleDict({**layers, "heads": self.heads}).to(self.device)
        self.average = MovingAverage(self.parts)
        self.contrast = CaptionContrast(options.align)
        self.short_texts = ShortTexts(corpus, data, options.align, self.rng, self.generator)
        align = options.align
        self.batches = len(self.rows) // align.batch
        steps = options.epochs * self.batches
        self.optimizer, self.schedule = one_cycle_adamw(
            self.heads.parameters(), align.learning_rate, align.weight_decay, steps
        )
        self.tuned = [p for module in layers.values() for p in module.parameters()]
        # No decay: it would pull pretrained weights to nothing.
        self.tuning, self.tuning_schedule = one_cycle_adamw(
            self.tuned, options.learning_rate, 0.0, steps
        )

    @abstractmethod
    def _losses(self, rows: Rows, view: int) -> dict[str, Tensor]:
        """The losses of a step that tunes."""

    def train(self, log: RunLog, state: Path) -> None:
        """Runs all epochs; the encoder gets the averaged weights."""
        progress = self._progress(state)
        for epoch in range(progress.load(), self.options.epochs):
            totals: dict[str, float] = {}
            for rows in random_batches(self.rows, self.options.align.batch, self.rng):
                for name, value in self._step(rows, epoch).items():
                    totals[name] = totals.get(name, 0.0) + value / self.batches
            log.scalars(epoch, {f"{self.name}/{name}": value for name, value in totals.items()})
            parts = "  ".join(f"{name} {value:.3f}" for name, value in totals.items())
            log.line(f"{self.name} {epoch + 1} / {self.options.epochs}: {parts}")
            progress.save(epoch + 1)
        self.parts.load_state_dict(self.average.model.state_dict())
        self.parts.eval()

    def _progress(self, path: Path) -> Progress:
        parts: dict[str, Stateful] = {
            "parts": self.parts,
            "average": self.average,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "tuning": self.tuning,
            "tuning schedule": self.tuning_schedule,
        }
        return Progress(path, asdict(self.options), parts, self.rng, self.generator)

    def _step(self, rows: Rows, epoch: int) -> dict[str, float]:
        tunes = epoch >= self.options.frozen_epochs
        self.parts.train(tunes)
        self.heads.train()
        self.optimizer.zero_grad()
        self.tuning.zero_grad()
        view = int(self.rng.integers(len(self.data.photos)))
        with half_precision(self.device):
            if tunes:
                losses = self._losses(rows, view)
            else:
                photos = self.data.photos[view][rows].to(self.device)
                losses = self._contrast(self._batch(rows, photos, view), photos)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        average_gradients(self.parts.parameters())
        self.optimizer.step()
        nn.utils.clip_grad_norm_(self.tuned, 1.0)
        self.tuning.step()
        self.schedule.step()
        self.tuning_schedule.step()
        self.average.update(self.parts)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _batch(self, rows: Rows, photos: Tensor, view: int) -> CaptionBatch:
        """A caption of every source for photos with these features, texts as they are now."""
        tables = self.corpus.train.sources
        features = self._noisy(photos)
        return caption_batch(tables, self.data.captions, rows, features, view, self.rng)

    def _contrast(
        self, batch: CaptionBatch, photos: Tensor, read: ReadPhrases | None = None
    ) -> dict[str, Tensor]:
        """Losses of captions and phrases; `read` gives the phrases' states where they change."""
        scale = self.heads.caption_scale.exp()
        batch = self.contrast.prepare(batch, [], scale, self.rng)
        losses = self.contrast.losses(batch, self.heads.embed(batch), [], scale)
        if self.options.align.fragments:
            features = self._noisy(photos)
            phrases = self.short_texts.phrase_loss(self.heads, batch.photo_rows, features, read)
            losses["phrases"] = self.options.align.fragments * phrases
        return losses

    def _noisy(self, features: Tensor) -> Tensor:
        return noisy(features, self.options.align.feature_noise, self.generator)
