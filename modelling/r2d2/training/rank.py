"""The ranker: late interaction on groups of photos that look alike, then lists of near misses."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture import R2D2
from r2d2.data.corpus import Corpus
from r2d2.losses.contrastive import info_nce
from r2d2.losses.matching import binary_matching, list_wise
from r2d2.training.averaging import MovingAverage
from r2d2.training.config import RankConfig
from r2d2.training.features import necks
from r2d2.training.mining import FoldEmbeddings, alike_batches, near_misses, random_batches
from r2d2.training.run_log import RunLog


class RankParts(nn.Module):
    """What this stage trains: both token heads and the ranker."""

    def __init__(self, model: R2D2) -> None:
        super().__init__()
        self.image_tokens = model.image_encoder.token_head
        self.text_tokens = model.text_encoder.token_head
        self.ranker = model.ranker
        self.log_cosine_scale = nn.Parameter(torch.tensor(math.log(20.0)))


@torch.no_grad()
def warm_start(model: R2D2, photos: Tensor, texts: Tensor) -> None:
    """Starts the token heads from the linear part of the embedding heads.

    Those map photos and sentences into one space, and cells and words with them; `photos` and
    `texts`, pooled features, tell the directions of it that are worth keeping.
    """
    image, text = model.image_encoder, model.text_encoder
    embeddings = torch.cat((image.embedding_head(photos), text.embedding_head(texts)))
    width = model.config.ranker.width
    directions = torch.linalg.eigh(embeddings.T @ embeddings)[1][:, -width:].T
    for encoder, project in (
        (image, model.ranker.image_project),
        (text, model.ranker.text_project),
    ):
        head, tokens = encoder.embedding_head, encoder.token_head
        # The first of the pooled features are means of the cells' and words' own.
        own = tokens.norm_in.normalized_shape[0]
        tokens.norm_in.weight.copy_(head.norm.weight[:own])
        tokens.norm_in.bias.copy_(head.norm.bias[:own])
        rows = min(len(directions), tokens.project.out_features)
        tokens.project.weight[:rows] = directions[-rows:] @ head.linear.weight[:, :own]
        tokens.project.bias[:rows] = directions[-rows:] @ head.linear.bias
        nn.init.eye_(project.weight)
        nn.init.zeros_(project.bias)


class RankTrainer:
    """Trains the ranker of a model in place; the encoders' features stay frozen."""

    def __init__(
        self, model: R2D2, corpus: Corpus, folds: FoldEmbeddings, options: RankConfig, seed: int
    ) -> None:
        self.model, self.corpus, self.folds, self.options = model, corpus, folds, options
        self.rng = np.random.default_rng(seed)
        torch.manual_seed(seed)
        self.parts = RankParts(model)
        self.average = MovingAverage(self.parts, 0.995)

    def train(self, log: RunLog, after_epoch: Callable[[RankParts], dict[str, float]]) -> None:
        """Both phases; `after_epoch` measures the averaged parts, which the model then gets."""
        options = self.options
        late_steps = options.late_epochs * (len(self.corpus.train.names) // options.late_batch)
        optimizer, schedule = self._optimizer(options.learning_rate, late_steps)
        for epoch in range(options.late_epochs):
            if epoch < options.random_epochs:
                batches = random_batches(self.folds, options.late_batch, self.rng)
            else:
                batches = alike_batches(self.folds, options.late_batch, 3, self.rng)
            losses = [self._update(self._late_loss(rows), optimizer, schedule) for rows in batches]
            self._report(log, "late", epoch, losses, after_epoch)
        queries = len(self.corpus.train.names) // options.list_queries
        list_steps = options.list_epochs * queries
        optimizer, schedule = self._optimizer(options.list_learning_rate, list_steps)
        for epoch in range(options.list_epochs):
            order = self.rng.permutation(len(self.corpus.train.names))
            losses = [
                self._update(
                    self._list_loss(
                        order[i * options.list_queries : (i + 1) * options.list_queries]
                    ),
                    optimizer,
                    schedule,
                )
                for i in range(queries)
            ]
            self._report(log, "list", epoch, losses, after_epoch)
        self.parts.load_state_dict(self.average.model.state_dict())
        self.parts.eval()

    def _report(
        self,
        log: RunLog,
        phase: str,
        epoch: int,
        losses: list[float],
        after_epoch: Callable[[RankParts], dict[str, float]],
    ) -> None:
        figures = after_epoch(self.average.model)
        log.scalars(epoch, {f"{phase}/loss": float(np.mean(losses)), **figures})
        shown = "  ".join(f"{name} {value:.2f}" for name, value in figures.items())
        log.line(f"{phase} {epoch + 1}: loss {np.mean(losses):.3f}  {shown}")

    def _optimizer(
        self, rate: float, steps: int
    ) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        groups = [
            {
                "params": [p for p in self.parts.parameters() if p.dim() > 1],
                "weight_decay": self.options.weight_decay,
            },
            {"params": [p for p in self.parts.parameters() if p.dim() <= 1], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rate, total_steps=max(steps, 2) + 1, pct_start=0.1
        )
        return optimizer, schedule

    def _update(
        self,
        loss: Tensor,
        optimizer: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
    ) -> float:
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.parts.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        self.average.update(self.parts)
        return float(loss.detach())

    def _image_tokens(self, rows: NDArray[np.int64]) -> Tensor:
        views = self.corpus.train.features.views
        neck = necks(views[int(self.rng.integers(len(views)))], rows)
        features = self.model.image_encoder.backbone.features(neck).detach()
        tokens: Tensor = self.parts.image_tokens(F.dropout(features, 0.1))
        return tokens

    def _text_tokens(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        hidden, mask = self.corpus.captions.batch(rows)
        tokens: Tensor = self.parts.text_tokens(F.dropout(hidden, 0.1))
        return tokens, mask

    def _late_loss(self, rows: NDArray[np.int64]) -> Tensor:
        """Contrastive over every pair of a batch, each side alone and both with the cosines."""
        table = self.corpus.train.sources[int(self.rng.integers(len(self.corpus.train.sources)))]
        picks = self.rng.integers(0, table.rows.shape[1], len(rows))
        cosines = self.folds.captions[table.name][rows, picks] @ self.folds.photos[rows].T
        with torch.autocast("cpu", dtype=torch.bfloat16):
            text, mask = self._text_tokens(table.rows[rows, picks])
            logits = self.parts.ranker.late_logits(self._image_tokens(rows), text, mask)
        sides = logits.float()
        joint = sides.mean(0) + self.parts.log_cosine_scale.exp() * cosines
        right = torch.diagonal(sides, dim1=1, dim2=2)
        wrong = sides.flatten(1)[:, ~torch.eye(len(rows), dtype=torch.bool).flatten()]
        binary = F.softplus(-right).mean() + F.softplus(wrong).mean()
        alone = (info_nce(sides[0]) + info_nce(sides[1])) / 2
        return info_nce(joint) + 0.5 * alone + self.options.binary_weight * binary

    def _list_loss(self, photos: NDArray[np.int64]) -> Tensor:
        """List-wise and binary matching over near misses."""
        options = self.options
        table = self.corpus.train.sources[int(self.rng.integers(len(self.corpus.train.sources)))]
        picks = self.rng.integers(0, table.rows.shape[1], len(photos))
        rows, cosines = near_misses(
            self.folds, table.name, photos, picks, options.list_candidates, self.rng
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            text, mask = self._text_tokens(table.rows[photos, picks])
            count = rows.shape[1]
            logits, _ = self.parts.ranker.match_logits(
                self._image_tokens(rows.reshape(-1)),
                text.repeat_interleave(count, 0),
                mask.repeat_interleave(count, 0),
            )
        sides = logits.float().view(*rows.shape, 2)
        ordered = list_wise(sides.mean(-1), cosines, self.parts.log_cosine_scale.exp())
        matched = binary_matching(sides, options.positive_weight)
        return options.list_weight * ordered + options.binary_weight * matched
