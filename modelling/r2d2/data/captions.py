"""Captions of photos: `captions.<language>-<source>.tsv` files of file, caption, split."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from r2d2.data.layout import read_table
from r2d2.errors import R2D2Error

# A mirrored photo does not fit a caption that names a side; 左右 names both.
_SIDED = re.compile(r"\b(?:left|right)\b|左(?!右)|(?<!左)右", re.IGNORECASE)
_OTHER_SIDE = {"左": "右", "右": "左", "left": "right", "right": "left"}


@dataclass(frozen=True)
class CaptionSource:
    """One file of captions: `captions[photo]` are the sentences that describe a photo."""

    name: str
    language: str
    captions: dict[str, list[str]]


def read_captions(folder: Path, splits: tuple[str, ...]) -> list[CaptionSource]:
    """The sources in a folder, with the captions of some splits only.

    Raises `R2D2Error` for a line that is not file, caption, split.
    """
    sources = []
    for path in sorted(folder.glob("captions.*.tsv")):
        name = path.name.split(".")[1]
        captions: dict[str, list[str]] = defaultdict(list)
        for photo, caption, split in read_table(path, ("file", "caption", "split")):
            if split in splits and caption.strip():
                captions[photo].append(tidy(caption))
        sources.append(CaptionSource(name, name.split("-")[0], dict(captions)))
    return sources


def by_people(source: CaptionSource) -> bool:
    """Whether people wrote the captions; a source that a machine translated says so in its name."""
    return "machine" not in source.name


def captions_of(source: CaptionSource, photos: Sequence[str]) -> list[list[str]]:
    """The captions of each photo; raises `R2D2Error` for a photo that has none."""
    missing = [photo for photo in photos if photo not in source.captions]
    if missing:
        raise R2D2Error(
            f"captions.{source.name}.tsv: {len(missing)} photos have no caption, {missing[0]} "
            "first: every source has to caption every photo of a split"
        )
    return [source.captions[photo] for photo in photos]


def references(
    sources: Sequence[CaptionSource], photos: Sequence[str]
) -> dict[str, list[list[str]]]:
    """All captions that people wrote of each photo, by language."""
    found: dict[str, list[list[str]]] = {}
    for source in sources:
        if by_people(source):
            own = found.setdefault(source.language, [[] for _ in photos])
            for captions, more in zip(own, captions_of(source, photos), strict=True):
                captions.extend(more)
    return found


def tidy(caption: str) -> str:
    """The caption as somebody would type it: without the space that precedes a full stop."""
    return re.sub(r"\s+([.,!?;])", r"\1", caption.strip())


def without_full_stop(caption: str) -> str:
    """The caption as a query: most people type no full stop."""
    return caption.rstrip(".。 ") or caption


def is_sided(caption: str) -> bool:
    """Whether the caption says left or right."""
    return _SIDED.search(caption) is not None


def swap_sides(caption: str) -> str:
    """The caption of the mirrored photo: 左 for 右, left for right."""

    def other(side: re.Match[str]) -> str:
        word = _OTHER_SIDE[side[0].lower()]
        return word.capitalize() if side[0][0].isupper() else word

    return _SIDED.sub(other, caption)
