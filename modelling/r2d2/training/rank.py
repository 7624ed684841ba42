"""The ranker: places of cells and words, learned by late interaction over all pairs of a batch.

The encoders' features and the summaries stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from r2d2.architecture import R2D2
from r2d2.architecture.heads import EmbeddingHead, TokenHead
from r2d2.data.corpus import Corpus
from r2d2.losses.contrastive import info_nce, soften
from r2d2.training.averaging import MovingAverage
from r2d2.training.config import RankConfig
from r2d2.training.features import cells, pieces
from r2d2.training.run_log import RunLog

_TEACHER_SCALE = 20.0

AfterEpoch = Callable[["RankParts"], dict[str, float]]


class RankParts(nn.Module):
    """What this stage trains: both token heads, the cells' positions and the ranker."""

    def __init__(self, model: R2D2) -> None:
        super().__init__()
        self.image_tokens = model.image_encoder.token_head
        self.positions = model.image_encoder.positions
        self.text_tokens = model.text_encoder.token_head
        self.ranker = model.ranker


@torch.no_grad()
def warm_start(model: R2D2, photos: Tensor, texts: Tensor) -> None:
    """Starts the token heads from the linear part of the first expert's embedding heads.

    Those map photos and sentences into one space, and cells and words with them; `photos` and
    `texts`, pooled features, tell the directions of it that are worth keeping.
    """
    image, text = model.image_encoder, model.text_encoder
    heads = image.embedding_head.expert(0), text.embedding_head.expert(0)
    embeddings = torch.cat((heads[0](photos), heads[1](texts)))
    # The pooled features hold means of the cells' features and grain, of the states and the words.
    grain = 2 * image.token_head.blocks[0]
    word = 2 * text.token_head.blocks[0]
    for embedding, token, second in (
        (heads[0], image.token_head, grain),
        (heads[1], text.token_head, word),
    ):
        _start_token_head(embedding, token, second, embeddings)


def _start_token_head(
    embedding: EmbeddingHead, token: TokenHead, second: int, embeddings: Tensor
) -> None:
    hidden = token.project.out_features
    directions = torch.linalg.eigh(embeddings.T @ embeddings)[1][:, -hidden:].T
    first_width, second_width = token.blocks
    columns = torch.cat((torch.arange(first_width), second + torch.arange(second_width)))
    linear = embedding.linear.weight[:, columns] * embedding.norm.weight[columns]
    rows = len(directions)
    token.project.weight[:rows] = directions @ linear
    token.project.bias[:rows] = directions @ embedding.linear.bias
    # The directions used least come first.
    nn.init.zeros_(token.place.weight)
    outputs = token.place.out_features
    token.place.weight[:, hidden - outputs :] = torch.eye(outputs)
    nn.init.zeros_(token.place.bias)


@torch.no_grad()
def temper(model: R2D2, options: RankConfig) -> None:
    """A sharper soft maximum and flatter weights of words than in training.

    Training photos are known so well that a mean over many cells tells them apart, and a single
    word. On photos never seen the best cell says more, and no word alone says as much.
    """
    model.config = replace(
        model.config, ranker=replace(model.config.ranker, sharpness=options.final_sharpness)
    )
    model.ranker.sharpness = options.final_sharpness
    model.ranker.text_side.weight.weight.mul_(options.word_contrast)


class RankTrainer:
    """Trains the ranker of a model in place; the encoders' features stay frozen.

    `embeddings` are those of the training photos, [N, D].
    """

    def __init__(
        self, model: R2D2, corpus: Corpus, embeddings: Tensor, options: RankConfig, seed: int
    ) -> None:
        self.model, self.corpus, self.options = model, corpus, options
        self.embeddings = embeddings
        self.rng = np.random.default_rng(seed)
        torch.manual_seed(seed)
        self.parts = RankParts(model)
        for head in (self.parts.image_tokens, self.parts.text_tokens):
            head.dropout.p = options.dropout
        self.average = MovingAverage(self.parts)

    def train(self, log: RunLog, after_epoch: AfterEpoch) -> None:
        """Runs all epochs; the model gets the averaged parts, which `after_epoch` measures."""
        options, count = self.options, len(self.corpus.train.names)
        batches = count // options.batch
        optimizer, schedule = self._optimizer(options.learning_rate, options.epochs * batches)
        for epoch in range(options.epochs):
            order = self.rng.permutation(count)
            losses = [
                self._update(
                    self._late_loss(order[i * options.batch : (i + 1) * options.batch]),
                    optimizer,
                    schedule,
                )
                for i in range(batches)
            ]
            figures = after_epoch(self.average.model)
            log.scalars(epoch, {"rank/loss": float(np.mean(losses)), **figures})
            shown = "  ".join(f"{name} {value:.2f}" for name, value in figures.items())
            log.line(f"rank {epoch + 1}: loss {np.mean(losses):.3f}  {shown}")
        self.parts.load_state_dict(self.average.model.state_dict())
        self.parts.eval()

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

    def _image_places(self, rows: NDArray[np.int64], view: int, kept: Tensor) -> Tensor:
        """Places of the `kept` cells of some photos, [N, kept, place]."""
        found = cells(self.corpus.train.features.views[view], rows)[:, kept]
        features = self.model.image_encoder.backbone.features(found).detach()
        places: Tensor = self.parts.image_tokens(features) + self.parts.positions[kept]
        return places

    def _text_places(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        found, mask = pieces(self.model, self.corpus.captions, rows)
        return self.parts.text_tokens(found), mask

    def _late_loss(self, rows: NDArray[np.int64]) -> Tensor:
        """Contrastive over every pair of a batch, for each source; both sides as one and alone."""
        view = int(self.rng.integers(len(self.corpus.train.features.views)))
        count = self.model.config.image.token_count
        kept = torch.from_numpy(self.rng.permutation(count)[: self.options.cells]).sort()[0]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            image = self._image_places(rows, view, kept)
        losses = []
        for table in self.corpus.train.sources:
            captions = table.pick(rows, view, self.rng)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                text, mask = self._text_places(captions)
            sides = self.parts.ranker.late_logits(image, text, mask)
            targets = self._soft_targets(rows, captions)
            alone = (info_nce(sides[0], targets) + info_nce(sides[1], targets)) / 2
            losses.append(info_nce(sides.mean(0), targets) + 0.5 * alone)
        return torch.stack(losses).mean()

    @torch.no_grad()
    def _soft_targets(self, rows: NDArray[np.int64], captions: NDArray[np.int64]) -> Tensor:
        """What the dual encoder holds for similar: photos with photos, captions with captions."""
        pooled = torch.from_numpy(self.corpus.captions.pooled[captions])
        texts = self.model.text_encoder.embedding_head(pooled)
        photos = self.embeddings[rows]
        similarities = _TEACHER_SCALE * (photos @ photos.T + texts @ texts.T) / 2
        return soften(similarities, self.options.soft_targets)
