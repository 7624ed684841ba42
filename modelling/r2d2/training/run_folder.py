"""A run's folder: the options and data that it was begun with, what each finished stage gave."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from r2d2.data.corpus import Corpus
from r2d2.errors import R2D2Error
from r2d2.training.config import CaptionConfig, TrainConfig
from r2d2.training.distributed import is_first
from r2d2.training.run_log import RunLog

_NOTES = "options.json"


def stage(path: Path, make: Callable[[], Any], log: RunLog) -> Any:
    """The result of a stage: read where its file exists, else made and written.

    Several processes make it together, and the first one writes it.
    """
    if path.exists():
        log.line(f"{path.stem}: read from {path.name}")
        return torch.load(path, weights_only=False)
    result = make()
    if is_first():
        part = path.with_suffix(".part")
        torch.save(result, part)
        part.replace(path)
        for state in path.parent.glob(f"{path.stem}*.state"):
            state.unlink()
    return result


def forget(made: Path) -> None:
    """Removes what an older encoder gave: it is made anew from the one that is tuned now."""
    if is_first():
        shutil.rmtree(made, ignore_errors=True)


def same_options(folder: Path, options: TrainConfig, begin: Path | None) -> None:
    """Notes a run's options at its start. Raises `R2D2Error` where it was begun under others.

    A run that was begun before a stage existed goes on without it.
    """
    own = asdict(replace(options, caption=CaptionConfig())) | {"begin": str(begin)}
    now, unsaid = (json.loads(json.dumps(each)) for each in (own, asdict(TrainConfig())))
    before = read_notes(folder)
    other = ", ".join(
        name for name in now if before and now[name] != before.get(name, unsaid.get(name))
    )
    if other:
        raise R2D2Error(f"{folder} was begun with other options ({other}): name another --out")
    _note(folder, now)


def same_data(folder: Path, corpus: Corpus) -> None:
    """Notes what a run is trained on. Raises `R2D2Error` where it was begun with other data.

    A run that was begun before this was noted goes on with the data at hand.
    """
    now = _digest(corpus)
    if read_notes(folder).get("data", now) != now:
        raise R2D2Error(f"{folder} was begun with other data: name another --out")
    _note(folder, {"data": now})


def read_notes(folder: Path) -> dict[str, Any]:
    """The options that a run was begun with, and the digest of its data; empty for a new one."""
    noted = folder / _NOTES
    return json.loads(noted.read_text(encoding="utf-8")) if noted.exists() else {}


def _note(folder: Path, values: dict[str, Any]) -> None:
    whole = json.dumps(read_notes(folder) | values, indent=1)
    (folder / _NOTES).write_text(whole, encoding="utf-8")


def _digest(corpus: Corpus) -> str:
    """A digest of photos by name, captions as token ids, labels and vocabulary."""
    vocabulary = corpus.tokenizer.get_vocab()
    names = {
        "vocabulary": sorted(vocabulary, key=vocabulary.__getitem__),
        "train": corpus.train.names,
        "val": corpus.val.names,
        "labelled": corpus.labelled.photos,
        "classes": [own.names for own in corpus.labelled.classes],
    }
    digest = hashlib.sha256(json.dumps(names, sort_keys=True).encode())
    digest.update(corpus.captions.texts.ids.tobytes())
    digest.update(corpus.captions.texts.offsets.tobytes())
    for split in (corpus.train, corpus.val):
        for table in split.sources:
            digest.update(table.rows.tobytes())
    return digest.hexdigest()
