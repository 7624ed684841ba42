"""Photos of a folder, as a package sees them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from r2d2.data.photos import load_photo, square
from r2d2.errors import R2D2Error
from r2d2.export.package import ImageEncodings, Package


def encode_photo_files(
    package: Package, folder: Path, names: Iterable[str]
) -> list[ImageEncodings]:
    """Embedding and tokens of each photo; raises `R2D2Error` for a file that is missing.

    One by one: activations quantize differently in batches, and the app on the processor takes one
    at a time.
    """
    encoded = []
    for name in names:
        path = folder / name
        if not path.is_file():
            raise R2D2Error(f"{path} is missing")
        encoded.append(package.encode_images(square(load_photo(path), package.image_size)[None]))
    return encoded
