"""Where photos, captions and labels lie in a data folder, and how its tables are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from r2d2.errors import R2D2Error


def captioned_folder(data: Path) -> Path:
    """The folder with `captions.*.tsv`: `data` itself, or the only one in it that has some."""
    found = {path.parent for glob in ("", "*/") for path in data.glob(f"{glob}captions.*.tsv")}
    if len(found) != 1:
        names = ", ".join(sorted(map(str, found))) or "none"
        raise R2D2Error(f"{data}: one folder with captions.*.tsv is needed, found {names}")
    return found.pop()


def photo_sources(folder: Path, split: str) -> list[Path]:
    """The shards `<split>-*.tar`, and the folder `<split>` of photo files where there is one."""
    sources = sorted(folder.glob(f"{split}-*.tar"))
    if (folder / split).is_dir():
        sources.append(folder / split)
    if not sources:
        raise R2D2Error(f"{folder}: neither {split}-*.tar nor a folder {split}")
    return sources


def labelled_shards(data: Path) -> list[Path]:
    """The shards of labelled photos."""
    shards = sorted((data / "labelled").glob("*.tar"))
    if not shards:
        raise R2D2Error(f"{data / 'labelled'}: no *.tar with labelled photos")
    return shards


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, which a line feed alone ends, or one after a carriage return.

    Other characters that Unicode counts as line breaks may stand in the middle of a caption.
    Raises `R2D2Error` where there is no such file, or one that is not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise R2D2Error(f"{path} cannot be read as UTF-8 text: {error}") from error
    return [line.removesuffix("\r") for line in text.split("\n")]


def read_table(path: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """The rows of a TSV file; blank lines are skipped.

    Raises `R2D2Error` for a line with other than these columns.
    """
    for number, line in enumerate(read_lines(path), 1):
        row = line.split("\t")
        if not line.strip():
            continue
        if len(row) != len(columns):
            wanted = "<TAB>".join(columns)
            raise R2D2Error(f"{path}, line {number}: {len(row)} columns instead of {wanted}")
        yield row
