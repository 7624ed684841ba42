"""The ranker: places of cells and words, learned by late interaction over all pairs of a batch.

The encoders' features and the embeddings stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture import R2D2
from r2d2.architecture.heads import EmbeddingHead, TokenHead
from r2d2.architecture.late_interaction import soft_maximum
from r2d2.data.corpus import Corpus
from r2d2.data.text_cache import TextCache
from r2d2.device import best_device, half_precision
from r2d2.losses.contrastive import info_nce, multi_positive, soften
from r2d2.losses.distillation import feature_guided
from r2d2.losses.masked_words import MaskedWords, masked_word_loss
from r2d2.losses.matching import matching_loss
from r2d2.training.averaging import MovingAverage
from r2d2.training.batches import Rows, alike_batches, random_batches
from r2d2.training.config import RankConfig
from r2d2.training.distributed import average_gradients, gather, is_first, share
from r2d2.training.features import cells, pieces
from r2d2.training.optimizer import one_cycle_adamw
from r2d2.training.phrase_teacher import TaughtPhrases
from r2d2.training.progress import Progress, Stateful
from r2d2.training.run_log import RunLog

_TEACHER_SCALE = 20.0
_PHRASES = 192
_EPOCHS_A_LOOK = 4

AfterEpoch = Callable[["RankParts"], dict[str, float]]


class Similarities(NamedTuple):
    """What the dual encoder holds for similar in a batch, scaled cosines [N, N]."""

    photos: Tensor
    texts: Tensor
    # Each text with each photo.
    pairs: Tensor


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

    `embeddings` are those of the training photos, [N, D]. `masked`, the captions' states with some
    pieces hidden, and `phrases` have to be there where the options ask for them.
    """

    def __init__(
        self,
        model: R2D2,
        corpus: Corpus,
        embeddings: Tensor,
        options: RankConfig,
        seed: int,
        masked: TextCache | None = None,
        phrases: TaughtPhrases | None = None,
    ) -> None:
        if options.reads_masked and masked is None:
            raise ValueError("masked_words and feature_targets need the masked captions")
        if options.phrases and phrases is None:
            raise ValueError("phrases need their states and what they fit")
        self.device = best_device()
        self.model, self.corpus, self.options = model.to(self.device), corpus, options
        self.embeddings, self.masked, self.phrases = embeddings, masked, phrases
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed)
        # A model comes in evaluation mode, in which nothing is dropped.
        self.parts = RankParts(model).train()
        for head in (self.parts.image_tokens, self.parts.text_tokens):
            head.dropout.p = options.dropout
        self.average = MovingAverage(self.parts)
        # Not a part of the model. A phrase fits many photos: its logits have a scale of their own.
        words = model.text_encoder.bert.words.weight
        self.predict = MaskedWords(words, self.parts.ranker.place).to(self.device)
        self.scales = nn.ParameterDict({"phrases": torch.zeros((), device=self.device)})
        self.batches = len(corpus.train.names) // options.batch
        self.optimizer, self.schedule = one_cycle_adamw(
            self._trained(),
            options.learning_rate,
            options.weight_decay,
            max(options.epochs * self.batches, 2) + 1,
        )

    def train(self, log: RunLog, after_epoch: AfterEpoch, state: Path | None = None) -> None:
        """Runs all epochs; the model gets the averaged parts.

        `after_epoch` measures those after every fourth epoch and the last one. With a file for the
        `state`, epochs that were done before a stop are not done again.
        """
        progress = None if state is None else self._progress(state)
        for epoch in range(progress.load() if progress else 0, self.options.epochs):
            totals: dict[str, float] = {}
            for rows in self._epoch_batches():
                for name, value in self._step(rows).items():
                    totals[name] = totals.get(name, 0.0) + value / self.batches
            last = epoch + 1 == self.options.epochs
            look = is_first() and (last or (epoch + 1) % _EPOCHS_A_LOOK == 0)
            figures = after_epoch(self.average.model) if look else {}
            log.scalars(epoch, {f"rank/{name}": v for name, v in totals.items()} | figures)
            shown = "  ".join(f"{name} {value:.2f}" for name, value in figures.items())
            losses = "  ".join(f"{name} {value:.3f}" for name, value in totals.items())
            log.line(f"rank {epoch + 1}: {losses}  {shown}")
            if progress is not None:
                progress.save(epoch + 1)
        self.parts.load_state_dict(self.average.model.state_dict())
        self.parts.eval()
        self.model.cpu()

    def _progress(self, path: Path) -> Progress:
        parts: dict[str, Stateful] = {
            "ranker": self.parts,
            "average": self.average,
            "words": self.predict,
            "scales": self.scales,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
        }
        return Progress(path, asdict(self.options), parts, self.rng, self.generator)

    def _trained(self) -> list[nn.Parameter]:
        parts = (self.parts, self.predict, self.scales)
        return [parameter for part in parts for parameter in part.parameters()]

    def _epoch_batches(self) -> list[Rows]:
        rows, options = np.arange(len(self.corpus.train.names)), self.options
        if not options.grouped:
            return random_batches(rows, options.batch, self.rng)
        return alike_batches(rows, self.embeddings, options.batch, options.grouped, self.rng)

    def _step(self, rows: Rows) -> dict[str, float]:
        losses = self._losses(rows)
        self.optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        average_gradients(self._trained())
        nn.utils.clip_grad_norm_(self.parts.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update(self.parts)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _losses(self, rows: Rows) -> dict[str, Tensor]:
        """The losses of a batch of photos, each the mean over one caption of every source."""
        view = int(self.rng.integers(len(self.corpus.train.features.views)))
        count = self.model.config.image.token_count
        kept = torch.from_numpy(self.rng.permutation(count)[: self.options.cells]).sort()[0]
        own = share(len(rows))
        with half_precision(self.device):
            places = self._image_places(rows[own], view, kept)
        found: dict[str, list[Tensor]] = {}
        for table in self.corpus.train.sources:
            captions = table.pick(rows, view, self.rng)
            for name, loss in self._source_losses(rows, captions, places).items():
                found.setdefault(name, []).append(loss)
        mean = {name: torch.stack(losses).mean() for name, losses in found.items()}
        if self.options.phrases and self.phrases:
            mean["phrases"] = self.options.phrases * self._phrase_loss(self.phrases, rows, places)
        return mean

    def _phrase_loss(self, phrases: TaughtPhrases, rows: Rows, image: Tensor) -> Tensor:
        """How well phrases order the photos of a batch by how well they fit."""
        photos = torch.from_numpy(rows)
        picked = phrases.draw(photos, _PHRASES, self.generator)
        found, mask = pieces(self.model, phrases.states, picked.numpy())
        with half_precision(self.device):
            text = self.parts.text_tokens(found)
        logits = self.parts.ranker.late_logits(gather(image), text, mask).mean(0)
        share, sharpness = self.options.phrase_targets, self.options.phrase_sharpness
        targets = phrases.targets(picked, photos, share, sharpness)
        return multi_positive(self.scales["phrases"].exp() * logits, targets.to(logits.device))

    def _image_places(self, rows: Rows, view: int, kept: Tensor) -> Tensor:
        """Places of the `kept` cells of some photos, [N, kept, place]."""
        found = cells(self.corpus.train.features.views[view], rows)[:, kept].to(self.device)
        features = self.model.image_encoder.backbone.features(found).detach()
        places: Tensor = self.parts.image_tokens(features) + self.parts.positions[kept]
        return places

    def _source_losses(self, rows: Rows, captions: Rows, image: Tensor) -> dict[str, Tensor]:
        """Contrast over every pair of a batch, both sides as one and alone, and what is beside it.

        `image` are the places of this process's share of the photos; `rows` and `captions` are
        the whole batch's.
        """
        options = self.options
        own = captions[share(len(captions))]
        cache = self.masked if options.reads_masked and self.masked else self.corpus.captions
        found, mask = pieces(self.model, cache, own)
        with half_precision(self.device):
            text = self.parts.text_tokens(found)
        logits = self.parts.ranker.late_logits(gather(image), text, mask)
        sides = gather(logits.transpose(0, 1)).transpose(0, 1)
        similarities = self._similarities(rows, captions)
        targets = soften((similarities.photos + similarities.texts) / 2, options.soft_targets)
        alone = (info_nce(sides[0], targets) + info_nce(sides[1], targets)) / 2
        losses = {"contrast": info_nce(sides.mean(0), targets) + 0.5 * alone}
        if options.matching:
            matched = [matching_loss(s, similarities.pairs, self.generator) for s in sides]
            losses["matching"] = options.matching * torch.stack(matched).mean()
        if options.masked_words:
            losses["words"] = options.masked_words * self._word_loss(own, found, text, image)
        if options.feature_targets:
            losses["features"] = options.feature_targets * self._feature_loss(own, text, mask)
        return losses

    def _word_loss(self, captions: Rows, found: Tensor, text: Tensor, image: Tensor) -> Tensor:
        """How well hidden pieces are told by what their places see in the caption's own photo."""
        wanted, _ = self.corpus.captions.texts.batch(captions)
        assert self.masked is not None
        hidden = self.masked.texts.batch(captions)[0] != wanted
        with half_precision(self.device):
            photo = F.normalize(image, dim=-1)
            similarity = F.normalize(text, dim=-1) @ photo.transpose(1, 2)
            _, attention = soft_maximum(similarity, self.parts.ranker.sharpness)
            states = found[:, :, : self.predict.words.shape[1]]
            seen, where = attention @ photo, self.device
            return masked_word_loss(self.predict, states, seen, wanted.to(where), hidden.to(where))

    def _feature_loss(self, captions: Rows, text: Tensor, mask: Tensor) -> Tensor:
        """How far the places of masked captions are from the momentum model's of whole ones."""
        with torch.no_grad(), half_precision(self.device):
            whole, _ = pieces(self.model, self.corpus.captions, captions)
            teacher = self.average.model.text_tokens(whole)
        present = mask.bool()
        return feature_guided(text[present].float(), teacher[present].float())

    @torch.no_grad()
    def _similarities(self, rows: Rows, captions: Rows) -> Similarities:
        pooled = torch.from_numpy(self.corpus.captions.pooled[captions])
        texts = self.model.text_encoder.embedding_head(pooled.to(self.device))
        photos = self.embeddings[rows].to(self.device)
        return Similarities(
            _TEACHER_SCALE * photos @ photos.T,
            _TEACHER_SCALE * texts @ texts.T,
            _TEACHER_SCALE * texts @ photos.T,
        )
