"""A run's folder: the options that it was begun with, and what each finished stage gave."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from r2d2.errors import R2D2Error
from r2d2.training.config import CaptionConfig, TrainConfig
from r2d2.training.distributed import is_first
from r2d2.training.run_log import RunLog


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
    """Notes a run's options at its start. Raises `R2D2Error` where it was begun under others."""
    own = asdict(replace(options, caption=CaptionConfig())) | {"begin": str(begin)}
    now = json.loads(json.dumps(own))
    noted = folder / "options.json"
    if noted.exists():
        before = json.loads(noted.read_text(encoding="utf-8"))
        other = ", ".join(name for name in now if now[name] != before.get(name))
        if other:
            raise R2D2Error(f"{folder} was begun with other options ({other}): name another --out")
    noted.write_text(json.dumps(now, indent=1), encoding="utf-8")
