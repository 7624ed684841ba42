"""The photo backbone's last stages, tuned until they keep what captions speak of.

The pretrained classifier drops what does not tell its classes apart. Its stages after the finer
grid learn together with heads of their own, from captions and phrases, while the classifier's own
verdicts on the photos are kept, so that class names can be learned from it later. The heads are
thrown away afterwards: the experts learn anew on what the tuned backbone sees.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture.efficientnet import EfficientNetLite, InvertedResidual
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.data.corpus import Corpus
from r2d2.losses.classifier_teacher import classifier_loss
from r2d2.training.averaging import MovingAverage
from r2d2.training.batches import Rows, random_batches
from r2d2.training.config import TuneConfig
from r2d2.training.contrast import CaptionContrast, caption_batch, noisy
from r2d2.training.distributed import average_gradients, gather, share
from r2d2.training.dual_heads import AlignData, DualHeads
from r2d2.training.optimizer import one_cycle_adamw
from r2d2.training.progress import Progress, Stateful
from r2d2.training.run_log import RunLog
from r2d2.training.short_texts import ShortTexts

# Photos that go through the stages at once: what they leave for the way back fits the cache.
_CHUNK = 64


def upper_stages(backbone: EfficientNetLite, grid: Tensor) -> Tensor:
    """`backbone.upper` for training: [N, H, W, C] -> [N, H', W', C'].

    The 1 x 1 convolutions as matrix products: the gradient of a convolution in bfloat16 takes a
    processor several times as long.
    """
    for block in backbone.upper:
        assert isinstance(block, InvertedResidual)
        grid = _upper_block(block, grid)
    return grid


def _upper_block(block: InvertedResidual, grid: Tensor) -> Tensor:
    x = grid if block.expand is None else F.relu6(_pointwise(block.expand, grid))
    x = x.permute(0, 3, 1, 2)
    with torch.autocast("cpu", enabled=False):
        x = F.relu6(block.depthwise(x.float()))
    x = _pointwise(block.project, x.permute(0, 2, 3, 1))
    return x + grid if block.skip else x


def _pointwise(conv: nn.Conv2d, grid: Tensor) -> Tensor:
    return F.linear(grid, conv.weight.flatten(1), conv.bias)


class TunedParts(nn.Module):
    """What this stage trains: the backbone's upper stages and its head, under embedding heads."""

    def __init__(self, backbone: EfficientNetLite, heads: DualHeads) -> None:
        super().__init__()
        self.upper, self.head, self.heads = backbone.upper, backbone.head, heads


class BackboneTuner:
    """One run that trains a photo encoder's backbone in place.

    `data` are the features of the backbone as it is now.
    """

    def __init__(
        self,
        corpus: Corpus,
        data: AlignData,
        encoder: ImageEncoder,
        heads: DualHeads,
        options: TuneConfig,
        seed: int,
    ) -> None:
        self.corpus, self.data, self.options = corpus, data, options
        self.encoder, self.heads = encoder, heads
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.rows = np.arange(len(corpus.train.names))
        self.parts = TunedParts(encoder.backbone, heads)
        self.average = MovingAverage(self.parts)
        self.contrast = CaptionContrast(options.align)
        self.short_texts = ShortTexts(corpus, data, options.align, self.rng, self.generator)
        align = options.align
        self.batches = len(self.rows) // align.batch
        steps = options.epochs * self.batches
        self.optimizer, self.schedule = one_cycle_adamw(
            heads.parameters(), align.learning_rate, align.weight_decay, steps
        )
        self.tuned = [*self.parts.upper.parameters(), *self.parts.head.parameters()]
        # No decay: it would pull pretrained weights to nothing.
        self.tuning, self.tuning_schedule = one_cycle_adamw(
            self.tuned, options.learning_rate, 0.0, steps
        )

    def train(self, log: RunLog, state: Path) -> dict[str, Tensor]:
        """Runs all epochs; the encoder's backbone gets the averaged weights, which come back."""
        progress = self._progress(state)
        for epoch in range(progress.load(), self.options.epochs):
            totals: dict[str, float] = {}
            for rows in random_batches(self.rows, self.options.align.batch, self.rng):
                for name, value in self._step(rows, epoch).items():
                    totals[name] = totals.get(name, 0.0) + value / self.batches
            log.scalars(epoch, {f"backbone/{name}": value for name, value in totals.items()})
            parts = "  ".join(f"{name} {value:.3f}" for name, value in totals.items())
            log.line(f"backbone {epoch + 1} / {self.options.epochs}: {parts}")
            progress.save(epoch + 1)
        self.parts.load_state_dict(self.average.model.state_dict())
        return dict(self.encoder.backbone.state_dict())

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
        tuning = epoch >= self.options.frozen_epochs
        self.optimizer.zero_grad()
        self.tuning.zero_grad()
        view = int(self.rng.integers(len(self.data.photos)))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            frozen = self.data.photos[view][rows]
            features = gather(self.features(rows[share(len(rows))], view)) if tuning else frozen
            losses = self._losses(rows, features, view)
            if tuning and self.options.keep_classes:
                # What the classifier says of what it saw before has to stay what it says.
                kept = classifier_loss(
                    self.corpus.classifier.logits(features), frozen, self.corpus.classifier
                )
                losses["classes"] = self.options.keep_classes * kept
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        average_gradients(self.parts.parameters())
        self.optimizer.step()
        nn.utils.clip_grad_norm_(self.tuned, 1.0)
        self.tuning.step()
        self.schedule.step()
        self.tuning_schedule.step()
        self.average.update(self.parts)
        return {name: float(value.detach()) for name, value in losses.items()}

    def features(self, rows: Rows, view: int) -> Tensor:
        """What the embedding head reads of some photos, by the backbone as it is: [N, F]."""
        backbone, grids = self.encoder.backbone, self.corpus.train.grids.views[view]
        cells = [
            upper_stages(backbone, torch.from_numpy(grids[part]).bfloat16()).flatten(1, 2)
            for part in np.array_split(rows, -(-len(rows) // _CHUNK))
        ]
        found = F.relu6(backbone.head(torch.cat(cells))).float()
        texture = torch.from_numpy(self.corpus.train.features.textures[view][rows])
        return self.encoder.pool(found, texture)

    def _losses(self, rows: Rows, features: Tensor, view: int) -> dict[str, Tensor]:
        tables, photos = self.corpus.train.sources, self._noisy(features)
        batch = caption_batch(tables, self.data.captions, rows, photos, view, self.rng)
        scale = self.heads.caption_scale.exp()
        batch = self.contrast.prepare(batch, [], scale, self.rng)
        losses = self.contrast.losses(batch, self.heads.embed(batch), [], scale)
        if self.options.align.fragments:
            phrases = self.short_texts.phrase_loss(self.heads, rows, self._noisy(features))
            losses["phrases"] = self.options.align.fragments * phrases
        return losses

    def _noisy(self, features: Tensor) -> Tensor:
        return noisy(features, self.options.align.feature_noise, self.generator)
