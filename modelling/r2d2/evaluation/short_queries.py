"""Precision of short queries: whether what comes first has captions that hold the words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

_COUNTED = 10
_FILE = Path(__file__).parent / "short_queries.tsv"


@dataclass(frozen=True)
class ShortQuery:
    """A query and the groups of words of which a fitting photo's captions hold one each."""

    text: str
    groups: list[re.Pattern[str]]

    def fits(self, captions: str) -> bool:
        """Whether a photo fits whose captions, in lower case, are joined in one string."""
        return all(group.search(captions) for group in self.groups)


def _pattern(words: str) -> re.Pattern[str]:
    # English words match from their beginning ("surf" in "surfer"), Chinese ones anywhere.
    parts = [rf"\b{word}" if word.isascii() else word for word in words.split("|")]
    return re.compile("|".join(parts))


def read_short_queries(path: Path = _FILE) -> list[ShortQuery]:
    """Lines of query, tab, groups joined by `&` of alternatives joined by `|`."""
    queries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text, groups = line.split("\t")
        queries.append(ShortQuery(text, [_pattern(words) for words in groups.split("&")]))
    return queries


def fitting(
    queries: Sequence[ShortQuery], captions: Sequence[str]
) -> tuple[list[ShortQuery], Tensor]:
    """The queries that at least ten photos fit, and which photos fit each of them, [Q, N].

    With fewer even a faultless model would not fill the first ten places. `captions` are each
    photo's, in lower case, joined in one string.
    """
    fits = [[query.fits(own) for own in captions] for query in queries]
    kept = [row for row, own in enumerate(fits) if sum(own) >= _COUNTED]
    return [queries[row] for row in kept], torch.tensor([fits[row] for row in kept])


def precision_at_10(fits: Tensor, found: Tensor) -> float:
    """Mean share of fitting photos among the first ten of each query.

    `fits` [Q, N] says which photos fit, `found` [Q, C] are rows of photos, best first.
    """
    return float(fits.gather(1, found[:, :_COUNTED]).float().mean())
