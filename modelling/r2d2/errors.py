"""Failures that a person can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError


class R2D2Error(Exception):
    """The message says what is wrong and names the file or tensor; no traceback is needed."""


@contextmanager
def checkpoint_faults(path: Path) -> Iterator[None]:
    """Names the file where reading a checkpoint fails, or making a model from what it holds."""
    try:
        yield
    except (OSError, KeyError, TypeError, RuntimeError, UnpicklingError) as error:
        reason = str(error).partition("\n")[0]
        raise R2D2Error(f"{path} does not fit this version of the code: {reason}") from error
