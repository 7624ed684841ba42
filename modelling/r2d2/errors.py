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
    fault = f"{path} does not fit this version of the code"
    try:
        yield
    except FileNotFoundError as error:
        raise R2D2Error(f"{path} is missing") from error
    except (EOFError, UnpicklingError) as error:
        # PyTorch says nothing here, or advises to read the file without its safeguards.
        raise R2D2Error(f"{fault}: it is empty or no checkpoint") from error
    except (OSError, AttributeError, KeyError, TypeError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise R2D2Error(f"{fault}: {reason}") from error
