"""Words and short phrases that captions of several photos share, and which photos they fit.

Short queries are such phrases; a contrastive loss over whole captions alone never sees one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from r2d2.data.captions import CaptionSource
from r2d2.data.chinese_words import chinese_words
from r2d2.errors import R2D2Error

_ENGLISH_WORD = re.compile(r"[a-z]+(?:-[a-z]+)?")
_HAN_WORD = re.compile(r"[\u4e00-\u9fff]+")
# Words that no photo is searched by.
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "and",
        "or",
        "is",
        "are",
        "was",
        "be",
        "with",
        "by",
        "from",
        "for",
        "as",
        "its",
        "it",
        "his",
        "her",
        "their",
        "this",
        "that",
        "there",
        "while",
        "who",
        "which",
        "he",
        "she",
        "they",
        "him",
        "them",
        "up",
        "down",
        "out",
        "into",
        "onto",
        "over",
        "off",
        "one",
        "some",
        "other",
        "another",
        "each",
        "both",
        "very",
        "的",
        "了",
        "在",
        "是",
        "着",
        "和",
        "与",
        "一",
        "个",
        "一个",
        "有",
        "上",
        "中",
        "里",
        "从",
        "他",
        "她",
        "它",
        "他们",
        "她们",
        "它们",
        "这",
        "那",
        "正在",
        "正",
        "把",
        "被",
        "到",
        "地",
        "得",
        "及",
        "而",
        "并",
        "向",
        "对",
        "用",
        "其",
        "他的",
        "她的",
        "它的",
        "之",
        "于",
    ]
)


@dataclass(frozen=True)
class Phrases:
    """`fit[photo, phrase]`: share of the photo's captions that hold the phrase, at most 1."""

    texts: list[str]
    fit: NDArray[np.float32]


def _words(caption: str, language: str) -> list[str]:
    if language == "en":
        return _ENGLISH_WORD.findall(caption.lower())
    return [word for word in chinese_words(caption) if _HAN_WORD.fullmatch(word)]


def _phrases(words: list[str], language: str) -> set[str]:
    """Single words, and runs of two or three that neither begin nor end with a stop word."""
    joint = " " if language == "en" else ""
    found = set()
    for start, first in enumerate(words):
        if first in _STOP:
            continue
        for length in (1, 2, 3):
            run = words[start : start + length]
            if len(run) == length and run[-1] not in _STOP:
                found.add(joint.join(run))
    return found


def find_phrases(
    sources: list[CaptionSource], photos: list[str], fewest: int = 6, most: float = 0.2
) -> Phrases:
    """Phrases that fit at least `fewest` photos and at most the share `most` of them.

    Two captions that hold a phrase count as full agreement, one as half. Raises `R2D2Error` where
    there is none: too few photos, or captions that have nothing in common.
    """
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for source in sources:
        for row, photo in enumerate(photos):
            for caption in source.captions[photo]:
                for phrase in _phrases(_words(caption, source.language), source.language):
                    counts[phrase][row] += 1
    texts = sorted(p for p, fits in counts.items() if fewest <= len(fits) <= most * len(photos))
    if not texts:
        raise R2D2Error(
            f"no phrase stands in the captions of {fewest} photos and of at most {most:.0%} of all"
            f" {len(photos)}: short queries cannot be learned from so little"
        )
    fit = np.zeros((len(photos), len(texts)), dtype=np.float32)
    for column, phrase in enumerate(texts):
        for row, count in counts[phrase].items():
            fit[row, column] = min(count, 2) / 2
    return Phrases(texts, fit)
