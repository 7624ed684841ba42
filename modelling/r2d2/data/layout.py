"""Where photos and captions lie in a data folder."""

from __future__ import annotations

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
