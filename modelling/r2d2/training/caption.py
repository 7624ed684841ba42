"""Trains the captioner: the next token of every caption, on frozen image tokens."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture.captioner import Captioner, CaptionerConfig
from r2d2.data.caption_vocabulary import END, MACHINE_TRANSLATED, PAD, START_TOKENS, UNWRITTEN
from r2d2.device import best_device, half_precision
from r2d2.evaluation.captions import greedy_scores
from r2d2.training.averaging import MovingAverage
from r2d2.training.caption_data import CaptionData, CaptionTargets, pad_ids
from r2d2.training.config import CaptionConfig
from r2d2.training.optimizer import one_cycle_adamw
from r2d2.training.progress import Progress, Stateful
from r2d2.training.run_log import RunLog


def new_captioner(options: CaptionConfig, vocabulary: int, tokens: int, width: int) -> Captioner:
    """An untrained captioner over `tokens` image tokens of a photo."""
    return Captioner(
        CaptionerConfig(
            vocabulary=vocabulary,
            start_tokens=START_TOKENS,
            end_token=END,
            unwritten=UNWRITTEN,
            image_tokens=tokens,
            image_width=width,
            max_tokens=options.max_tokens,
            layers=options.layers,
            width=options.width,
            heads=options.heads,
            mlp_width=options.mlp_width,
            dropout=options.dropout,
        )
    )


class Best:
    """The captioner with the highest score so far."""

    def __init__(self) -> None:
        self.score, self.epoch = -1.0, -1
        self.weights: dict[str, Tensor] = {}

    def offer(self, score: float, epoch: int, captioner: Captioner) -> None:
        """Keeps a copy of the weights if no earlier epoch scored as high."""
        if score > self.score:
            self.score, self.epoch = score, epoch
            self.weights = copy.deepcopy(captioner.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """Score, epoch and weights."""
        return dict(vars(self))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Inverse of `state_dict`."""
        vars(self).update(state)


class CaptionTrainer:
    """Teacher forcing; the averaged weights with the best CIDEr on validation photos are kept,
    that of all languages added up.

    `about` says what beside the options makes a run this one: a stopped run goes on only with it.
    """

    def __init__(
        self,
        captioner: Captioner,
        data: CaptionData,
        options: CaptionConfig,
        seed: int,
        log: RunLog,
        about: Mapping[str, str] | None = None,
    ) -> None:
        torch.manual_seed(seed)
        self.device = best_device()
        self.captioner = captioner.to(self.device)
        self.data, self.options, self.log = data, options, log
        self.about = about or {}
        self.rng = np.random.default_rng(seed)
        self.average = MovingAverage(captioner, options.average)
        self.steps = len(data.views[0]) // options.photos
        self.optimizer, self.schedule = one_cycle_adamw(
            captioner.parameters(),
            options.learning_rate,
            options.weight_decay,
            options.epochs * self.steps + 1,
            betas=(0.9, 0.98),
        )
        self.best = Best()

    def train(self, state: Path) -> Captioner:
        """Runs what is left of the epochs; returns the best captioner, in evaluation mode.

        Raises `R2D2Error` where `state` is of a run with other options or of another model.
        """
        progress = self._progress(state)
        for epoch in range(progress.load(), self.options.epochs):
            if epoch - self.best.epoch > self.options.patience and self.best.weights:
                self.log.line(f"no better CIDEr since epoch {self.best.epoch + 1}")
                break
            losses = self._epoch()
            data = self.data
            written_by = copy.deepcopy(self.average.model).cpu()
            scores = greedy_scores(written_by, data.tokenizer, data.val_photos, data.val_references)
            score = sum(value for name, value in scores.items() if name.endswith("CIDEr"))
            self.best.offer(score, epoch, self.average.model)
            self.log.scalars(epoch + 1, {**losses, **scores})
            shown = "  ".join(f"{name} {value:.2f}" for name, value in {**losses, **scores}.items())
            self.log.line(f"epoch {epoch + 1}: {shown}")
            progress.save(epoch + 1)
        self.captioner.load_state_dict(self.best.weights)
        return self.captioner.cpu().eval()

    def _progress(self, path: Path) -> Progress:
        parts: dict[str, Stateful] = {
            "captioner": self.captioner,
            "average": self.average,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "best": self.best,
        }
        return Progress(path, asdict(self.options) | dict(self.about), parts, self.rng)

    def _epoch(self) -> dict[str, float]:
        self.captioner.train()
        order = self.rng.permutation(len(self.data.views[0]))
        losses: dict[str, list[float]] = {}
        for step in range(self.steps):
            rows = order[step * self.options.photos : (step + 1) * self.options.photos]
            for name, value in self._step(rows).items():
                losses.setdefault(name, []).append(value)
        return {name: float(np.mean(values)) for name, values in losses.items()}

    def _step(self, rows: NDArray[np.int64]) -> dict[str, float]:
        view = int(self.rng.integers(len(self.data.views)))
        photos = self.data.views[view][torch.from_numpy(rows)].to(self.device).float()
        kept = torch.rand(photos.shape[:2], device=self.device) >= self.options.hidden_tokens
        photos = photos * kept[:, :, None]
        counts = self._counts()
        with half_precision(self.device):
            losses = {
                kind: self._loss(photos, rows, targets, view % 2, counts[kind])
                for kind, targets in self.data.targets.items()
                if kind in counts
            }
        total = sum(counts.values())
        loss = torch.stack([losses[kind] * counts[kind] / total for kind in losses]).sum()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.captioner.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update(self.captioner)
        return {self.data.targets[kind].name: float(loss.detach()) for kind, loss in losses.items()}

    def _counts(self) -> dict[int, int]:
        """How many captions of each kind a step takes of each photo.

        Beside those in Chinese one in English or a machine-translated one, whichever there is.
        """
        beside = [START_TOKENS["en"], MACHINE_TRANSLATED]
        if self.rng.random() >= self.options.english:
            beside.reverse()
        there = [kind for kind in beside if kind in self.data.targets]
        return {START_TOKENS["zh"]: self.options.captions} | dict.fromkeys(there[:1], 1)

    def _loss(
        self,
        photos: Tensor,
        rows: NDArray[np.int64],
        targets: CaptionTargets,
        mirrored: int,
        count: int,
    ) -> Tensor:
        """Cross entropy of `count` captions of each photo."""
        texts = []
        for row in rows:
            own = targets.ids[mirrored][row]
            picks = self.rng.choice(len(own), count, len(own) < count, targets.odds[row])
            texts += [own[pick] for pick in picks]
        ids = pad_ids(texts, self.options.longest).to(self.device)
        states = self.captioner.sequence_states(photos, ids[:, :-1])
        wanted = ids[:, 1:]
        logits = self.captioner.logits(states[wanted != PAD])
        return F.cross_entropy(
            logits.float(),
            wanted[wanted != PAD],
            label_smoothing=self.options.label_smoothing,
        )
