"""Retrieval figures of a package on photo files with captions.

`npm run evaluate` measures the same in a browser: scripts/evaluation/recall.ts computes what this
file computes, and both write the same JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from r2d2.data.layout import read_lines
from r2d2.errors import R2D2Error
from r2d2.evaluation.photo_files import encode_photo_files
from r2d2.evaluation.retrieval import CUTS
from r2d2.export.package import Package

Floats = NDArray[np.float64]
NOT_RANKED = 100.0
"""Below every score: what is no candidate stays behind those, in order of its cosine."""


@dataclass(frozen=True)
class CaptionedFiles:
    """Paths of photos in order of their first caption, and captions with their photo's index."""

    photos: list[str]
    captions: list[tuple[int, str]]


def read_captioned_files(path: Path, limit: int | None = None) -> CaptionedFiles:
    """Read lines of file, tab, sentence; further columns are ignored. At most `limit` photos."""
    photos: dict[str, int] = {}
    captions: list[tuple[int, str]] = []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        file, *columns = line.split("\t")
        text = columns[0].strip() if columns else ""
        if not text:
            raise R2D2Error(f"{path}, line {number}: there is no sentence behind a tab")
        if file not in photos and len(photos) == limit:
            continue
        captions.append((photos.setdefault(file, len(photos)), text))
    if not captions:
        raise R2D2Error(f"{path} holds no captions")
    return CaptionedFiles(list(photos), captions)


def evaluate_files(
    package: Package, folder: Path, files: CaptionedFiles, candidates: int | None = None
) -> dict[str, Any]:
    """All figures, as they go into the JSON file; `candidates` takes the place of the package's."""
    encoded = encode_photo_files(package, folder, files.photos)
    images = np.concatenate([each.embeddings for each in encoded])
    texts = package.encode_texts(text for _, text in files.captions)
    by_text = texts.embeddings.astype(np.float64) @ images.T.astype(np.float64)
    own = np.array([photo for photo, _ in files.captions])[:, None] == np.arange(len(images))

    manifest = package.manifest
    rerank = manifest["rerank"]
    count = 0
    if package.has_ranker:
        count = rerank["candidates"] if candidates is None else candidates
    result: dict[str, Any] = {
        "model": f"{manifest['id']}@{manifest['version']}",
        "photos": len(images),
        "captions": len(files.captions),
        "candidates": count,
        "preRanked": retrieval(by_text, by_text.T, own),
        "reRanked": None,
    }
    if count:
        text_side, photo_side = best(by_text, count), best(by_text.T, count)
        matches = np.zeros_like(by_text)
        for row, tokens in enumerate(texts.tokens):
            # Each pair once, whichever way it is a candidate.
            wanted = np.flatnonzero(text_side[row] | photo_side[:, row])
            image_tokens = np.concatenate([encoded[photo].tokens for photo in wanted])
            matches[row, wanted] = package.rank(image_tokens, tokens, 8).match_probabilities
        scores = rerank["matchWeight"] * matches + rerank["cosineWeight"] * by_text
        behind = by_text - NOT_RANKED
        result["reRanked"] = retrieval(
            np.where(text_side, scores, behind), np.where(photo_side, scores.T, behind.T), own
        )
    return result


def best(cosines: Floats, count: int) -> NDArray[np.bool_]:
    """Which columns the ranker reads for each row: the `count` best by cosine."""
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    chosen = np.zeros(cosines.shape, dtype=np.bool_)
    np.put_along_axis(chosen, order, True, axis=1)
    return chosen


def retrieval(by_text: Floats, by_photo: Floats, own: NDArray[np.bool_]) -> dict[str, Any]:
    """Figures both ways; `own` [texts, photos] says which belong together."""
    sides = {"textToPhoto": ranks(by_text, own), "photoToText": ranks(by_photo, own.T)}
    recalls = {
        name: {f"R@{cut}": 100 * float(np.mean(found <= cut)) for cut in CUTS}
        for name, found in sides.items()
    }
    values = [value for recall in recalls.values() for value in recall.values()]
    return {
        **{
            name: {"recall": recalls[name], "ranks": found.tolist()}
            for name, found in sides.items()
        },
        "meanRecall": float(np.mean(values)),
    }


def ranks(scores: Floats, right: NDArray[np.bool_]) -> NDArray[np.int64]:
    """From 1: the place of each row's best right column."""
    own = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)
    places: NDArray[np.int64] = 1 + (scores > own).sum(axis=1)
    return places


def files_table(result: dict[str, Any]) -> str:
    """The figures as aligned lines of text."""
    lines = [f"{result['model']}: {result['photos']} photos, {result['captions']} captions"]
    stages: Sequence[tuple[str, Any]] = (
        ("by cosine", result["preRanked"]),
        (f"{result['candidates']} re-ranked", result["reRanked"]),
    )
    for name, figures in stages:
        if figures is None:
            continue
        for label, side in ((name, "textToPhoto"), ("", "photoToText")):
            recall = figures[side]["recall"]
            cuts = "  ".join(f"{cut} {value:5.1f}" for cut, value in recall.items())
            way = "text → photo" if label else "photo → text"
            mean = "" if label else f"  mean {figures['meanRecall']:.1f}"
            lines.append(f"{label:<14} {way}  {cuts}{mean}")
    return "\n".join(lines)
