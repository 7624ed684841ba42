"""Hidden states of the text encoder for many sentences, computed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from r2d2.architecture.bert import Bert
from r2d2.architecture.config import TextConfig
from r2d2.architecture.text_encoder import TextEncoder
from r2d2.data.array_files import save_whole
from r2d2.device import half_precision

_TOKENS_A_BATCH = 8192


@dataclass(frozen=True)
class TokenizedTexts:
    """Token ids of all texts in one flat array; text i lies at offsets[i] : offsets[i + 1]."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def same(self, other: TokenizedTexts) -> bool:
        """Whether both are the same texts in the same order."""
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.ids, other.ids)

    def batch(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Padded ids and mask of some texts, both [N, L] int32."""
        return pad([self.ids[self.offsets[row] : self.offsets[row + 1]] for row in rows])


def pad(sequences: list[NDArray[np.int32]]) -> tuple[Tensor, Tensor]:
    """Sequences of ids → ids padded with 1 and their mask, both [N, longest]."""
    longest = max(len(sequence) for sequence in sequences)
    ids = np.ones((len(sequences), longest), dtype=np.int32)
    mask = np.zeros((len(sequences), longest), dtype=np.int32)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def tokenize(tokenizer: Tokenizer, texts: list[str], config: TextConfig) -> TokenizedTexts:
    """Tokenizes `prefix + text`, cut to the model's length with the end token kept."""
    sequences = []
    for encoding in tokenizer.encode_batch([config.prefix + text for text in texts]):
        ids = encoding.ids
        if len(ids) > config.max_tokens:
            ids = [*ids[: config.max_tokens - 1], ids[-1]]
        sequences.append(np.asarray(ids, dtype=np.int32))
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    return TokenizedTexts(np.concatenate(sequences), np.concatenate(([0], np.cumsum(lengths))))


@dataclass(frozen=True)
class TextCache:
    """Hidden states of every token, flat as in `TokenizedTexts`, and what is pooled of a text."""

    texts: TokenizedTexts
    hidden: NDArray[np.float16]
    pooled: NDArray[np.float32]

    def batch(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Hidden states [N, L, width] (zero at padding) and mask [N, L] of some texts."""
        offsets = self.texts.offsets
        lengths = offsets[rows + 1] - offsets[rows]
        width = self.hidden.shape[1]
        hidden = np.zeros((len(rows), int(lengths.max()), width), dtype=np.float32)
        mask = np.zeros(hidden.shape[:2], dtype=np.int32)
        for i, row in enumerate(rows):
            hidden[i, : lengths[i]] = self.hidden[offsets[row] : offsets[row + 1]]
            mask[i, : lengths[i]] = 1
        return torch.from_numpy(hidden), torch.from_numpy(mask)


def read_words(bert: Bert, ids: Tensor) -> Tensor:
    """Word embeddings of ids [N, L] → [N, L, width], where the encoder's are."""
    weight = bert.words.weight
    words: Tensor = bert.words(ids.to(weight.device)).detach()
    return words


@torch.inference_mode()
def encode_texts(bert: Bert, texts: TokenizedTexts, layers: int | None = None) -> TextCache:
    """Runs all texts through the encoder in bfloat16, texts of like length together.

    With `layers`, through its first layers alone.
    """
    layers = len(bert.layers) if layers is None else layers
    width = bert.words.weight.shape[1]
    lengths = np.diff(texts.offsets)
    hidden = np.empty((len(texts.ids), width), dtype=np.float16)
    pooled = np.empty((len(texts), 3 * width), dtype=np.float32)
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        size = max(1, _TOKENS_A_BATCH // int(lengths[order[min(start + 256, len(order) - 1)]]))
        rows = order[start : start + size]
        ids, mask = texts.batch(rows)
        words = read_words(bert, ids)
        mask = mask.to(words.device)
        with half_precision(words.device):
            states = bert.below(words, mask, layers).float()
        pooled[rows] = TextEncoder.pool(states, words, mask).cpu().numpy()
        values = states.cpu().numpy().astype(np.float16)
        for i, row in enumerate(rows):
            hidden[texts.offsets[row] : texts.offsets[row + 1]] = values[i, : lengths[row]]
        start += size
    return TextCache(texts, hidden, pooled)


def save_text_cache(cache: TextCache, folder: Path) -> None:
    """Writes the cache as four arrays; the one that is written last says that all are there."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "ids.npy", cache.texts.ids)
    np.save(folder / "offsets.npy", cache.texts.offsets)
    np.save(folder / "hidden.npy", cache.hidden)
    save_whole(folder / "pooled.npy", cache.pooled)


def load_text_cache(folder: Path) -> TextCache:
    """Opens what `save_text_cache` wrote; hidden states stay on disk."""
    texts = TokenizedTexts(np.load(folder / "ids.npy"), np.load(folder / "offsets.npy"))
    hidden = np.load(folder / "hidden.npy", mmap_mode="r")
    return TextCache(texts, hidden, np.load(folder / "pooled.npy"))


def cached_texts(folder: Path, make: Callable[[], TextCache]) -> TextCache:
    """The cache in a folder, made and written where it is missing."""
    if not (folder / "pooled.npy").exists():
        save_text_cache(make(), folder)
    return load_text_cache(folder)
