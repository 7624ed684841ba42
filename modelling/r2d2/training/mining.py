"""Honest candidates for the ranker: from dual encoders that have not seen the photo.

On photos that it was trained on, a dual encoder is too good: its near misses there look unlike
those at search time. So the photos are cut into folds, each fold is scored by heads that were
trained on the others, and the ranker learns from those scores.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from r2d2.architecture.config import R2D2Config
from r2d2.data.corpus import Corpus
from r2d2.training.align import AlignData, Aligner
from r2d2.training.config import AlignConfig, RankConfig
from r2d2.training.run_log import RunLog


@dataclass(frozen=True)
class FoldEmbeddings:
    """Every training photo and caption as seen by heads that were not trained on it."""

    fold: NDArray[np.int64]
    photos: Tensor
    captions: dict[str, Tensor]

    def members(self, fold: int) -> NDArray[np.int64]:
        """Photos of one fold."""
        return np.flatnonzero(self.fold == fold)


def embed_folds(
    corpus: Corpus,
    data: AlignData,
    config: R2D2Config,
    align: AlignConfig,
    rank: RankConfig,
    seed: int,
    log: RunLog,
) -> FoldEmbeddings:
    """Trains one set of heads a fold; captions are [photos, captions a photo, D] by source."""
    count = len(corpus.train.names)
    fold = np.random.default_rng(seed).permutation(count) % rank.folds
    photos = torch.zeros(count, config.embedding_width)
    captions = {
        table.name: torch.zeros(*table.rows.shape, config.embedding_width)
        for table in corpus.train.sources
    }
    # Names, labels and phrases do not change which photos are near misses.
    options = replace(
        align,
        epochs=rank.fold_epochs,
        soft_targets=0.0,
        fragments=0.0,
        name_weight=0.0,
        label_weight=0.0,
    )
    for held_out in range(rank.folds):
        rows = np.flatnonzero(fold == held_out)
        seen = np.flatnonzero(fold != held_out)
        heads = Aligner(corpus, data, config, options, seed + held_out + 1, seen).train()
        with torch.inference_mode():
            photos[rows] = heads.image(data.photos[0][rows])
            for table in corpus.train.sources:
                own = table.rows[rows]
                texts = heads.text(data.captions[own.reshape(-1)])
                captions[table.name][rows] = texts.view(*own.shape, -1)
        log.line(f"fold {held_out + 1} / {rank.folds} embedded")
    return FoldEmbeddings(fold, photos, captions)


def random_batches(
    folds: FoldEmbeddings, size: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Batches of random photos, all from one fold each."""
    batches = []
    for fold in range(int(folds.fold.max()) + 1):
        order = rng.permutation(folds.members(fold))
        batches += [order[i * size : (i + 1) * size] for i in range(len(order) // size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def alike_batches(
    folds: FoldEmbeddings, size: int, groups: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Batches of photos that look alike (GRIT-VLP's grouped mini-batches), all from one fold each.

    A batch holds `groups` neighbourhoods of size / groups photos around random ones; every photo
    is a neighbour about once in all batches together.
    """
    batches = []
    for fold in range(int(folds.fold.max()) + 1):
        members = folds.members(fold)
        # What captions say weighs as much as what photos look like.
        texts = torch.stack([own[members].mean(1) for own in folds.captions.values()]).mean(0)
        own = torch.cat((folds.photos[members], texts), 1)
        similarities = own @ own.T
        for _ in range(len(members) // size):
            centres = rng.choice(len(members), groups, replace=False)
            near = similarities[centres].topk(size // groups, dim=1).indices.reshape(-1)
            batches.append(members[np.unique(near.numpy())])
    return [batches[i] for i in rng.permutation(len(batches))]


def near_misses(
    folds: FoldEmbeddings,
    source: str,
    photos: NDArray[np.int64],
    picks: NDArray[np.int64],
    candidates: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], Tensor]:
    """For one caption of each photo: [Q, C] photos, the right one first, and their cosines.

    Three quarters of the wrong ones come from the top 32 of the caption's fold, as at search time,
    the rest at random from the fold.
    """
    rows = np.empty((len(photos), candidates), dtype=np.int64)
    cosines = torch.empty(len(photos), candidates)
    for i, (photo, pick) in enumerate(zip(photos, picks, strict=True)):
        members = folds.members(int(folds.fold[photo]))
        text = folds.captions[source][photo, pick]
        scores = folds.photos[members] @ text
        top = members[scores.topk(33).indices.numpy()]
        top = top[top != photo][:32]
        hard = rng.choice(top, (candidates - 1) * 3 // 4, replace=False)
        easy = rng.choice(members[members != photo], candidates - 1 - len(hard), replace=False)
        rows[i] = np.concatenate(([photo], hard, easy))
        cosines[i] = folds.photos[rows[i]] @ text
    return rows, cosines
