"""The photo encoder learns to say at one look what it says of several.

That is feature-guided distillation with the mean of several readings as the teacher. No caption is
needed for it, so photos that have none are learned from as well. Embeddings stay where they are,
and with them everything that was trained on the side of the texts.
"""

from __future__ import annotations

import copy
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import Tensor, nn

from r2d2.architecture import R2D2Config
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.data.corpus import Corpus
from r2d2.data.feature_cache import FeatureCache
from r2d2.data.grid_cache import GridCache
from r2d2.device import best_device, half_precision, on_host
from r2d2.losses.distillation import feature_guided
from r2d2.training.averaging import MovingAverage
from r2d2.training.backbone import read_grids
from r2d2.training.batches import Rows, random_batches
from r2d2.training.config import DistilConfig, TrainConfig
from r2d2.training.distributed import average_gradients, first_goes_ahead, gather, share
from r2d2.training.optimizer import one_cycle_adamw
from r2d2.training.progress import Progress, Stateful
from r2d2.training.run_folder import forget, stage
from r2d2.training.run_log import RunLog
from r2d2.training.view_teacher import photo_targets, trained_labelled

DISTILLED = "features-distilled"
"""The folder, in that of a run, of the features that the student's backbone gives."""


class TaughtPhotos(NamedTuple):
    """Photos and what the teacher says of some of them: `targets[i]` of the one in `rows[i]`."""

    grids: GridCache
    features: FeatureCache
    rows: Rows
    targets: Tensor


def distil(
    encoder: ImageEncoder,
    config: R2D2Config,
    corpus: Corpus,
    options: TrainConfig,
    data: Path,
    folder: Path,
    log: RunLog,
) -> None:
    """Teaches a trained photo encoder by its own readings of the photos in `data`.

    The teacher's embeddings and the student are kept in `folder`, and read from there.
    """
    sizes = options.distil.sizes

    def learn() -> dict[str, Tensor]:
        forget(folder / DISTILLED)
        encoder.to(best_device())
        with first_goes_ahead():
            train, labelled = stage(
                folder / "photo-targets.pt",
                lambda: photo_targets(encoder, config.image, corpus, data, sizes),
                log,
            )
        every = np.arange(len(train))
        some = trained_labelled(corpus)
        taught = [
            TaughtPhotos(corpus.train.grids, corpus.train.features, every, train),
            TaughtPhotos(corpus.labelled_grids, corpus.labelled_features, some, labelled),
        ]
        student = ViewStudent(encoder, taught, options.distil, options.seed)
        student.train(log, folder / "photo-encoder.state")
        return on_host(student.parts.state_dict())

    learned = stage(folder / "photo-encoder.pt", learn, log)
    taught_parts(encoder).load_state_dict(learned)


def taught_parts(encoder: ImageEncoder) -> nn.ModuleDict:
    """What is trained here of a photo encoder: everything above the finer grid."""
    backbone = encoder.backbone
    return nn.ModuleDict(
        {"upper": backbone.upper, "head": backbone.head, "embedding": encoder.embedding_head}
    )


class ViewStudent:
    """Trains what `taught_parts` names of a photo encoder in place."""

    def __init__(
        self, encoder: ImageEncoder, taught: list[TaughtPhotos], options: DistilConfig, seed: int
    ) -> None:
        self.device = best_device()
        self.encoder, self.taught, self.options = encoder.to(self.device), taught, options
        self.rng = np.random.default_rng(seed)
        self.parts = taught_parts(self.encoder)
        self.average = MovingAverage(self.parts)
        self.batches = sum(len(own.rows) // options.batch for own in taught)
        # No decay: it would pull what was learned from captions to nothing.
        self.optimizer, self.schedule = one_cycle_adamw(
            self.parts.parameters(), options.learning_rate, 0.0, options.epochs * self.batches + 1
        )

    def train(self, log: RunLog, state: Path) -> None:
        """Runs all epochs; the encoder goes a share of the way to the averaged weights."""
        begun = on_host(copy.deepcopy(self.parts.state_dict()))
        parts: dict[str, Stateful] = {
            "parts": self.parts,
            "average": self.average,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
        }
        progress = Progress(state, asdict(self.options), parts, self.rng)
        for epoch in range(progress.load(), self.options.epochs):
            total = sum(self._step(photos, own) for photos, own in self._epoch_batches())
            distance = total / self.batches
            log.scalars(epoch, {"distil/distance": distance})
            log.line(f"distil {epoch + 1} / {self.options.epochs}: distance {distance:.4f}")
            progress.save(epoch + 1)
        self.encoder.cpu()
        learned = on_host(self.average.model.state_dict())
        self.parts.load_state_dict(
            {name: begun[name].lerp(learned[name], self.options.share) for name in begun}
        )

    def _epoch_batches(self) -> list[tuple[TaughtPhotos, Rows]]:
        """Places in `targets` that stand together; photos of one kind are never mixed."""
        batches = [
            (photos, own)
            for photos in self.taught
            for own in random_batches(np.arange(len(photos.rows)), self.options.batch, self.rng)
        ]
        return [batches[i] for i in self.rng.permutation(len(batches))]

    def _step(self, photos: TaughtPhotos, batch: Rows) -> float:
        view = int(self.rng.integers(len(photos.grids.views)))
        own = batch[share(len(batch))]
        with half_precision(self.device):
            found = read_grids(self.encoder, photos.grids, photos.features, photos.rows[own], view)
            embeddings = gather(self.encoder.embedding_head(found).float())
        loss = feature_guided(embeddings, photos.targets[batch].to(self.device))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        average_gradients(self.parts.parameters())
        nn.utils.clip_grad_norm_(self.parts.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update(self.parts)
        return float(loss.detach())
