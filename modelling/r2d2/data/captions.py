"""Captions of photos: `captions.<language>-<source>.tsv` files of file, caption, split."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

# A mirrored photo does not fit a caption that names a side.
_SIDED = re.compile(r"\b(left|right)\b|左|右", re.IGNORECASE)


@dataclass(frozen=True)
class CaptionSource:
    """One file of captions: `captions[photo]` are the sentences that describe a photo."""

    name: str
    language: str
    captions: dict[str, list[str]]


def read_captions(folder: Path, splits: tuple[str, ...]) -> list[CaptionSource]:
    """The sources in a folder, with the captions of some splits only."""
    sources = []
    for path in sorted(folder.glob("captions.*.tsv")):
        name = path.name.split(".")[1]
        captions: dict[str, list[str]] = defaultdict(list)
        for line in path.read_text(encoding="utf-8").splitlines():
            photo, caption, split = line.split("\t")
            if split in splits and caption.strip():
                captions[photo].append(tidy(caption))
        sources.append(CaptionSource(name, name.split("-")[0], dict(captions)))
    return sources


def tidy(caption: str) -> str:
    """The caption as somebody would type it: without the space that precedes a full stop."""
    return re.sub(r"\s+([.,!?;])", r"\1", caption.strip())


def is_sided(caption: str) -> bool:
    """Whether the caption says left or right."""
    return _SIDED.search(caption) is not None
