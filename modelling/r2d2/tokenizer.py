"""Reads tokenizer.json, of a package, a training run or a released model."""

from pathlib import Path

from tokenizers import Tokenizer

from r2d2.errors import R2D2Error


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of a file; raises `R2D2Error` where it is missing or holds something else."""
    if not path.is_file():
        raise R2D2Error(f"{path} is missing: copy the whole folder again")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library has no type of its own
        raise R2D2Error(f"{path} holds no tokenizer that can be read: {error}") from error
