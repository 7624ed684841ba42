"""The dual encoder: embedding heads on frozen features, trained on all sources at once.

Every step takes a batch of photos and, for each caption source, one caption of each photo; phrases,
class names and labelled photos have losses of their own beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture.config import ExpertConfig, R2D2Config
from r2d2.architecture.heads import MixedHead
from r2d2.architecture.image_encoder import image_head
from r2d2.architecture.text_encoder import text_head
from r2d2.data.corpus import Corpus
from r2d2.losses.classifier_teacher import class_like_features, classifier_loss
from r2d2.losses.contrastive import info_nce, multi_positive, soften
from r2d2.training.averaging import MovingAverage
from r2d2.training.config import AlignConfig
from r2d2.training.run_log import RunLog

_SYNTHETIC = 256
_LABELLED = 192
_PHRASES = 384


class DualHeads(nn.Module):
    """The two embedding heads and the temperatures of their losses."""

    def __init__(self, image: MixedHead, text: MixedHead, options: AlignConfig) -> None:
        super().__init__()
        self.image, self.text = image, text
        self.caption_scale = nn.Parameter(torch.tensor(math.log(1 / options.temperature)))
        self.name_scale = nn.Parameter(torch.tensor(math.log(1 / options.name_temperature)))
        self.phrase_scale = nn.Parameter(torch.tensor(math.log(1 / options.temperature)))
        # The captions' temperature is a choice: learned, it falls until training pairs are fitted.
        self.caption_scale.requires_grad_(False)


def member_heads(config: R2D2Config, expert: ExpertConfig, options: AlignConfig) -> DualHeads:
    """Fresh heads of one expert."""
    return DualHeads(
        image_head(config.image, (expert,), options.dropout),
        text_head(config.text, (expert,), options.dropout),
        options,
    )


@dataclass(frozen=True)
class AlignData:
    """Pooled features that the heads read; the first view is the plain photo."""

    photos: list[Tensor]
    labelled: list[Tensor]
    captions: Tensor
    phrases: Tensor
    phrase_fit: Tensor


class Aligner:
    """One training run of the heads on some of the photos."""

    def __init__(
        self,
        corpus: Corpus,
        data: AlignData,
        heads: DualHeads,
        options: AlignConfig,
        seed: int,
        photos: NDArray[np.int64] | None = None,
    ) -> None:
        self.corpus, self.data, self.options = corpus, data, options
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.rows = np.arange(len(corpus.train.names)) if photos is None else photos
        self.heads = heads
        self.average = MovingAverage(self.heads)
        self.batches = len(self.rows) // options.batch
        self.optimizer, self.schedule = self._optimizer()
        labelled = corpus.labelled
        usable = ~labelled.held_back
        if options.leave_classes_out:
            usable &= ~labelled.unseen_class
        self.label_rows = np.flatnonzero(usable)
        counts = np.bincount(labelled.label)[labelled.label[self.label_rows]]
        self.label_odds = (1 / np.sqrt(counts)) / (1 / np.sqrt(counts)).sum()
        self.label_classes = np.unique(labelled.label[self.label_rows])
        sets = {name: i for i, name in enumerate(labelled.sets)}
        self.set_of_class = torch.tensor([sets[c.set] for c in labelled.classes])

    def _optimizer(self) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        trained = [p for p in self.heads.parameters() if p.requires_grad]
        groups = [
            {
                "params": [p for p in trained if p.dim() > 1],
                "weight_decay": self.options.weight_decay,
            },
            {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=self.options.learning_rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            self.options.learning_rate,
            total_steps=self.options.epochs * self.batches,
            pct_start=0.1,
        )
        return optimizer, schedule

    def train(self, log: RunLog | None = None) -> DualHeads:
        """Runs all epochs; the heads that come back are the moving average's."""
        for epoch in range(self.options.epochs):
            order = self.rng.permutation(self.rows)
            totals: dict[str, float] = {}
            for batch in range(self.batches):
                rows = order[batch * self.options.batch : (batch + 1) * self.options.batch]
                for name, value in self._step(rows, epoch).items():
                    totals[name] = totals.get(name, 0.0) + value / self.batches
            if log is not None:
                log.scalars(epoch, {f"align/{name}": value for name, value in totals.items()})
                if epoch % 5 == 4:
                    parts = "  ".join(f"{name} {value:.3f}" for name, value in totals.items())
                    log.line(f"align {epoch + 1} / {self.options.epochs}: {parts}")
        return self.average.model

    def _step(self, rows: NDArray[np.int64], epoch: int) -> dict[str, float]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = self._caption_losses(rows, epoch)
            if self.options.fragments:
                losses["phrases"] = self.options.fragments * self._phrase_loss(rows)
            if self.options.name_weight:
                losses["names"] = self.options.name_weight * self._name_loss(rows)
            if self.options.label_weight:
                losses["labels"] = self.options.label_weight * self._label_loss()
        loss = torch.stack(list(losses.values())).sum()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.schedule.step()
        self.average.update(self.heads)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _photo_features(self, rows: NDArray[np.int64]) -> tuple[Tensor, int]:
        view = int(self.rng.integers(len(self.data.photos)))
        features = self.data.photos[view][rows]
        if self.options.feature_noise:
            noise = torch.randn(features.shape, generator=self.generator)
            features = features * (1 + self.options.feature_noise * noise)
        return features, view

    def _caption_losses(self, rows: NDArray[np.int64], epoch: int) -> dict[str, Tensor]:
        features, view = self._photo_features(rows)
        tables = self.corpus.train.sources
        if self.options.one_source:
            tables = [tables[int(self.rng.integers(len(tables)))]]
        texts = [self.data.captions[t.pick(rows, view, self.rng)] for t in tables]
        targets = None
        if self.options.soft_targets and epoch >= self.options.soft_from_epoch:
            targets = self._soft_targets(features, texts)
        mixed = self.options.mixup and self.rng.random() < self.options.mixup
        mix_photos = bool(mixed and self.rng.random() < 0.5)
        if mixed:
            share = float(self.rng.beta(0.3, 0.3))
            other = self.rng.permutation(len(rows))
            mixing = share * torch.eye(len(rows)) + (1 - share) * torch.eye(len(rows))[other]
            targets = mixing if targets is None else mixing @ targets
            if mix_photos:
                features = mixing @ features
            else:
                texts = [mixing @ text for text in texts]
                targets = targets.T
        photos = self.heads.image(features).float()
        scale = self.heads.caption_scale.exp()
        losses = {}
        for table, text in zip(tables, texts, strict=True):
            logits = scale * photos @ self.heads.text(text).float().T
            losses[table.name] = info_nce(logits, targets) / len(tables)
        return losses

    @torch.no_grad()
    def _soft_targets(self, features: Tensor, texts: list[Tensor]) -> Tensor:
        """What the momentum model holds for similar: photos with photos, captions with captions."""
        teacher = self.average.model
        photos = teacher.image(features).float()
        captions = F.normalize(
            torch.stack([teacher.text(text).float() for text in texts]).mean(0), dim=1
        )
        scale = teacher.caption_scale.exp()
        similarities = scale * (photos @ captions.T + captions @ photos.T + captions @ captions.T)
        return soften(similarities / 2, self.options.soft_targets)

    def _phrase_loss(self, rows: NDArray[np.int64]) -> Tensor:
        features, _ = self._photo_features(rows)
        fits = self.data.phrase_fit[rows]
        present = torch.nonzero(fits.sum(0) > 0).squeeze(1)
        picked = present[torch.randperm(len(present), generator=self.generator)[:_PHRASES]]
        photos = self.heads.image(features).float()
        phrases = self.heads.text(self.data.phrases[picked]).float()
        logits = self.heads.phrase_scale.exp() * phrases @ photos.T
        return multi_positive(logits, fits[:, picked].T)

    def _template(self, pooled: Tensor) -> Tensor:
        """States of all classes in one template, the bare name half of the time."""
        bare = self.rng.random() < 0.5
        return pooled[0 if bare else int(self.rng.integers(len(pooled)))]

    def _name_loss(self, rows: NDArray[np.int64]) -> Tensor:
        photos = self.data.photos[0]
        labelled = self.data.labelled[0][self.rng.choice(self.label_rows, _LABELLED)]
        synthetic = class_like_features(_SYNTHETIC, self.corpus.classifier, photos, self.generator)
        features = torch.cat((synthetic, labelled, photos[rows[:64]]))
        # Chinese twice as often: its names are the harder ones.
        languages = list(self.corpus.imagenet_texts.pooled)
        language = "zh" if self.rng.random() < 0.5 else languages[-1]
        names = self.heads.text(self._template(self.corpus.imagenet_texts.pooled[language])).float()
        logits = self.heads.name_scale.exp() * self.heads.image(features).float() @ names.T
        return classifier_loss(logits, features, self.corpus.classifier)

    def _label_loss(self) -> Tensor:
        labelled = self.corpus.labelled
        rows = self.rng.choice(self.label_rows, _LABELLED, p=self.label_odds)
        view = self.data.labelled[int(self.rng.integers(len(self.data.labelled)))]
        language = ("zh", "en")[int(self.rng.integers(2))]
        texts = self._template(self.corpus.label_texts.pooled[language])[self.label_classes]
        logits = (
            self.heads.name_scale.exp()
            * self.heads.image(view[rows]).float()
            @ self.heads.text(texts).float().T
        )
        if self.rng.random() < 0.5:
            # Half of the time only the labels of the photo's own set compete, as in use.
            sets = self.set_of_class
            own = sets[labelled.label[rows]][:, None] == sets[self.label_classes][None]
            logits = logits.masked_fill(~own, -1e4)
        targets = np.searchsorted(self.label_classes, labelled.label[rows])
        return F.cross_entropy(logits, torch.from_numpy(targets))
