"""Photo file → the pixels that an image encoder reads, as the app prepares them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps


def load_photo(path: Path) -> Image.Image:
    """Open a photo as 8-bit RGB: turned as its EXIF data says, transparency over white.

    Colour profiles are not applied. Raises OSError where Pillow cannot read the file.
    """
    with Image.open(path) as file:
        photo = ImageOps.exif_transpose(file)
    if photo.mode.startswith("I;16"):
        photo = Image.fromarray((np.asarray(photo) >> 8).astype(np.uint8))
    if photo.has_transparency_data:
        photo = photo.convert("RGBA")
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo)
    return photo.convert("RGB")


def squash(photo: Image.Image, size: int) -> NDArray[np.uint8]:
    """Resize to size x size whatever the aspect, with Pillow's bicubic → [size, size, 3].

    For tall photos Pillow 13 began to pass vertically first, which rounds differently; the app and
    the training follow it, so an older one would not do.
    """
    return np.asarray(photo.resize((size, size), Image.Resampling.BICUBIC))


def read_pixels(path: Path, size: int) -> NDArray[np.uint8]:
    """Photo file → [size, size, 3] RGB bytes."""
    return squash(load_photo(path), size)
