"""Captions out of the captioner, one step after the other, as the app writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Floats = NDArray[np.float32]

Step = Callable[[Floats, NDArray[np.int32], Floats | None], tuple[Floats, Floats]]
"""Photos' tokens [N, P, Wi], last ids [N], past → logits [N, V], present; see model-package.md."""

_NEVER = -1e9


@dataclass(frozen=True)
class Limits:
    """What ends a caption."""

    max_tokens: int
    end_token: int
    once: frozenset[int] = frozenset()
    """Tokens that a caption holds once at most."""
    contrast: float = 0.0
    """How much it counts against a beginning that it would be written without seeing the photo."""


# English words that good captions repeat. The same stand in src/engine/content-words.ts.
_FUNCTION_WORDS = (
    "the and with for from into onto two one his her its their another other while that who are "
    "has three some each over through down out off near next front behind around along across "
    "under against between him them himself herself four five group several"
)


def content_words(tokenizer: Tokenizer) -> frozenset[int]:
    """English words that say something: small captioners repeat them ("a white and white dog")."""
    found = []
    function_words = _FUNCTION_WORDS.split()
    for token in range(tokenizer.get_vocab_size()):
        word = tokenizer.decode([token]).strip().lower()
        if re.fullmatch("[a-z]{3,}", word) and word not in function_words:
            found.append(token)
    return frozenset(found)


@dataclass(frozen=True)
class Written:
    """A caption: token ids without start and end, and the sum of their log probabilities."""

    ids: tuple[int, ...]
    log_probability: float
    finished: bool = True

    def score(self, length_penalty: float) -> float:
        """Log probability by length to the power of `length_penalty`; the end counts as a token."""
        score: float = self.log_probability / (len(self.ids) + 1) ** length_penalty
        return score


def log_softmax(logits: Floats) -> Floats:
    """Log probabilities over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    out: Floats = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return out


def beam_search(
    step: Step, photos: Floats, start: int, limits: Limits, beams: int
) -> list[list[Written]]:
    """The likeliest captions of each photo, at most `beams`.

    Each step keeps the `beams` likeliest unfinished captions; what ends among the `beams` likeliest
    of all is set aside. A photo is done once `beams` captions are. The first step may not end.
    What has not ended in the last one is let go, or ended there where the photo has no other.

    With a contrast, beginnings are followed that are likelier with the photo than without it (as in
    contrastive decoding, Li et al. 2023); the log probabilities are those with the photo.
    """
    done: list[list[Written]] = [[] for _ in photos]
    owners = list(range(len(photos)))
    live = [Written((), 0.0)] * len(photos)
    blind_sums = np.zeros(len(photos), np.float32)
    ids = np.full(len(live), start, dtype=np.int32)
    past: Floats | None = None
    contrasts = limits.contrast != 0
    for length in range(1, limits.max_tokens + 1):
        seen = photos[owners]
        if contrasts:
            # Rows that see nothing get zeros, behind those that see their photo.
            seen, ids = np.concatenate((seen, np.zeros_like(seen))), np.concatenate((ids, ids))
        logits, present = step(seen, ids, past)
        log_probabilities = log_softmax(logits)
        scores = log_probabilities[: len(live)]
        if length == 1:
            scores[:, limits.end_token] = _NEVER
        _say_once(scores, (caption.ids for caption in live), limits.once)
        scores += np.array([caption.log_probability for caption in live], np.float32)[:, None]
        values = scores
        if contrasts:
            blind = log_probabilities[len(live) :] + blind_sums[:, None]
            values = np.where(_likely(scores, 2 * beams), scores - limits.contrast * blind, _NEVER)
        parents: list[int] = []
        next_owners, next_live = [], []
        first = 0
        while first < len(live):
            owner = owners[first]
            last = first + owners[first:].count(owner)
            kept = 0
            for rank, (row, token, value) in enumerate(_best(values[first:last], 2 * beams)):
                parent = live[first + row]
                written = float(scores[first + row, token])
                if token == limits.end_token:
                    if rank < beams and len(done[owner]) < beams and value > _NEVER / 2:
                        done[owner].append(Written(parent.ids, written))
                elif kept < beams and value > _NEVER / 2:
                    kept += 1
                    parents.append(first + row)
                    next_owners.append(owner)
                    next_live.append(Written((*parent.ids, token), written))
            if length == limits.max_tokens and not done[owner]:
                ends = scores[first:last, limits.end_token].tolist()
                cut = zip(live[first:last], ends, strict=True)
                done[owner] = [Written(caption.ids, end, finished=False) for caption, end in cut]
            if kept and (length == limits.max_tokens or len(done[owner]) >= beams):
                del parents[-kept:], next_owners[-kept:], next_live[-kept:]
            first = last
        if not parents:
            break
        rows = parents
        if contrasts:
            blind_sums = blind[parents, [caption.ids[-1] for caption in next_live]]
            rows = parents + [len(live) + parent for parent in parents]
        owners, live = next_owners, next_live
        ids = np.array([caption.ids[-1] for caption in live], dtype=np.int32)
        past = present[:, :, rows]
    return done


def _say_once(scores: Floats, written: Iterable[Sequence[int]], once: frozenset[int]) -> None:
    for row, ids in enumerate(written):
        said = [token for token in ids if token in once]
        if said:
            scores[row, said] = _NEVER


def _likely(scores: Floats, count: int) -> NDArray[np.bool_]:
    """Which are among the `count` highest of their row."""
    count = min(count, scores.shape[1])
    least = np.partition(scores, -count, axis=1)[:, -count]
    likely: NDArray[np.bool_] = scores >= least[:, None]
    return likely


def _best(scores: Floats, count: int) -> list[tuple[int, int, float]]:
    """Row, column and value of the highest scores, falling."""
    flat = scores.ravel()
    count = min(count, flat.size)
    top = np.argpartition(-flat, count - 1)[:count]
    top = top[np.argsort(-flat[top], kind="stable")]
    return [(int(i // scores.shape[1]), int(i % scores.shape[1]), float(flat[i])) for i in top]
