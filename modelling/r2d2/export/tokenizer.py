"""Reads tokenizer.json, of a package, a training run or a released model."""

from pathlib import Path

from tokenizers import Tokenizer

from r2d2.export.writer import PackageError


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of a file; raises PackageError where it is missing or holds something else."""
    if not path.is_file():
        raise PackageError(f"{path} is missing: copy the whole folder again")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library has no type of its own
        raise PackageError(f"{path} holds no tokenizer that can be read: {error}") from error
