"""Matching on given pairs of a photo and a sentence, each judged by people (R2D2's ICM and IQM)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from r2d2.architecture.calibration import Calibration
from r2d2.data.layout import read_lines
from r2d2.errors import R2D2Error
from r2d2.evaluation.photo_files import encode_photo_files
from r2d2.evaluation.reranking import accuracy, area_under_curve
from r2d2.export.package import Package

_VERDICTS = {"1": True, "0": False}


@dataclass(frozen=True)
class JudgedPair:
    """A photo's path, a sentence, and whether they match."""

    photo: str
    text: str
    matches: bool


def read_judged_pairs(path: Path, limit: int | None = None) -> list[JudgedPair]:
    """Read lines of file, tab, sentence, tab, 1 or 0; further columns are ignored.

    The pairs of at most `limit` photos. Raises `R2D2Error` for a line that is no such pair, and
    where all pairs match or none does: then nothing can be told apart.
    """
    pairs: list[JudgedPair] = []
    photos: set[str] = set()
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        photo, *rest = (column.strip() for column in line.split("\t"))
        if len(rest) < 2 or not rest[0] or rest[1] not in _VERDICTS:
            raise R2D2Error(f"{path}, line {number}: not a file, a sentence and 1 or 0")
        if photo not in photos and len(photos) == limit:
            continue
        photos.add(photo)
        pairs.append(JudgedPair(photo, rest[0], _VERDICTS[rest[1]]))
    if len({pair.matches for pair in pairs}) < 2:
        raise R2D2Error(f"{path} needs pairs that match and pairs that do not")
    return pairs


def evaluate_pairs(package: Package, folder: Path, pairs: list[JudgedPair]) -> dict[str, Any]:
    """AUC by cosine; by match probability AUC, and accuracy at one half, where there is a ranker.

    The probability is the calibrated one that the app shows.
    """
    photos = list(dict.fromkeys(pair.photo for pair in pairs))
    texts = list(dict.fromkeys(pair.text for pair in pairs))
    encoded = dict(zip(photos, encode_photo_files(package, folder, photos), strict=True))
    read = package.encode_texts(texts)
    rows = {text: row for row, text in enumerate(texts)}
    truth = torch.tensor([float(pair.matches) for pair in pairs])
    cosines = [
        float(encoded[pair.photo].embeddings[0] @ read.embeddings[rows[pair.text]])
        for pair in pairs
    ]
    manifest = package.manifest
    figures: dict[str, Any] = {
        "model": f"{manifest['id']}@{manifest['version']}",
        "photos": len(photos),
        "pairs": len(pairs),
        "matching": int(truth.sum()),
        "AUC by cosine": area_under_curve(torch.tensor(cosines), truth),
    }
    if package.has_ranker:
        said = [
            package.rank(encoded[pair.photo].tokens, read.tokens[rows[pair.text]]) for pair in pairs
        ]
        raw = np.concatenate([one.match_probabilities for one in said])
        match = calibrated(torch.from_numpy(raw), manifest.get("calibration"))
        figures["AUC by match"] = area_under_curve(match, truth)
        figures["accuracy"] = accuracy(match, truth)
    return figures


def calibrated(probabilities: Tensor, calibration: dict[str, float] | None) -> Tensor:
    """Platt scaling as the manifest says: the logit times `scale` plus `shift`."""
    return probabilities if calibration is None else Calibration(**calibration).apply(probabilities)


def pairs_table(figures: dict[str, Any]) -> str:
    """The figures as lines of text."""
    of = f"{figures['pairs']} pairs of {figures['photos']} photos, {figures['matching']} match"
    shown = [
        f"{name} {value:.4f}" if name.startswith("AUC") else f"{name} {value:.1f} %"
        for name, value in figures.items()
        if isinstance(value, float)
    ]
    return "\n".join((f"{figures['model']}: {of}", "  ".join(shown)))
