"""Arrays on disk that are whole or not there, whatever ends the process that writes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = np.memmap[Any, np.dtype[np.float16]]


def create_rows(path: Path, shape: tuple[int, ...]) -> Rows:
    """A new array [N, ...] of fp16 on disk, to be filled row by row.

    All of its room is taken at once: a disk that is full is an `OSError` here, while a map of a
    file with holes would end the process without a word.
    """
    rows: Rows = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return rows


def save_whole(path: Path, array: NDArray[Any]) -> None:
    """Writes a .npy file, which has its name only when all of it is there."""
    part = path.with_suffix(".part.npy")
    np.save(part, array)
    part.replace(path)
