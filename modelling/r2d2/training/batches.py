"""Which examples stand together in a batch: drawn at random, or alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Rows = NDArray[np.int64]


def random_batches(rows: Rows, size: int, rng: np.random.Generator) -> list[Rows]:
    """The rows in random order, cut into full batches; what is left over waits for an epoch."""
    order = rng.permutation(rows)
    return [order[start : start + size] for start in range(0, len(rows) - size + 1, size)]


def alike_batches(
    rows: Rows, embeddings: Tensor, size: int, space: int, rng: np.random.Generator
) -> list[Rows]:
    """Batches of rows whose embeddings are alike, so that negatives are hard (GRIT-VLP).

    `embeddings` [all rows, D] have unit length. The rows are dealt at random into groups of
    `space`; within a group a chain goes from each row to the most similar one that is left, and is
    cut into batches, which come in random order. The smaller `space`, the less alike a batch.
    """
    order = rng.permutation(rows)
    chains = [
        _chain(order[start : start + space], embeddings) for start in range(0, len(order), space)
    ]
    chained = np.concatenate(chains)
    batches = [chained[i : i + size] for i in range(0, len(chained) - size + 1, size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def _chain(rows: Rows, embeddings: Tensor) -> Rows:
    """The rows, each followed by the most similar one that has not come yet."""
    own = embeddings[rows].float()
    similarity = (own @ own.T).numpy().copy()
    chain = [0]
    for _ in range(len(rows) - 1):
        similarity[:, chain[-1]] = -np.inf
        chain.append(int(similarity[chain[-1]].argmax()))
    chained: Rows = rows[np.array(chain)]
    return chained
