"""Photo files as the app prepares them, shards of them, and the views that training sees."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

from r2d2.architecture.config import ImageConfig
from r2d2.errors import R2D2Error

Pixels = NDArray[np.uint8]


def load_photo(file: Path | IO[bytes], name: str = "") -> Image.Image:
    """Open a photo as 8-bit RGB: turned as its EXIF data says, transparency over white.

    Colour profiles are not applied. Raises `R2D2Error` where Pillow cannot read the file, or will
    not for its size, which the message calls `name`, or by its path.
    """
    try:
        with Image.open(file) as opened:
            photo = ImageOps.exif_transpose(opened)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise R2D2Error(f"{name or file} cannot be read as a photo: {error}") from error
    if photo.mode.startswith("I;16"):
        photo = Image.fromarray((np.asarray(photo) >> 8).astype(np.uint8))
    if photo.has_transparency_data:
        photo = photo.convert("RGBA")
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo)
    return photo.convert("RGB")


def photo_names(sources: list[Path]) -> list[str]:
    """Names of all photos, in the order of `read_photos`; none is opened.

    Raises `R2D2Error` for a name that comes twice: captions, labels and rows are found by it.
    """
    found: dict[str, Path] = {}
    for source in sources:
        for name, _ in _photo_files([source]):
            if name in found:
                raise R2D2Error(
                    f"two photos are named {name}, one in {found[name]} and one in {source}: rename"
                    " one, or keep only the shard or only the folder that it was unpacked to"
                )
            found[name] = source
    return list(found)


def read_photos(
    sources: list[Path], among: Container[str] | None = None
) -> Iterator[tuple[str, Image.Image]]:
    """Name inside the TAR shard or folder and photo, in the order of the sources.

    Hidden files are no photos. Photos whose name is not `among` those that are wanted are not
    opened. Raises `R2D2Error` for another file that is no photo, and for a shard that is damaged or
    not whole.
    """
    for name, opened in _photo_files(sources):
        if among is None or name in among:
            yield name, load_photo(opened(), name)


def _photo_files(
    sources: list[Path],
) -> Iterator[tuple[str, Callable[[], Path | IO[bytes]]]]:
    for source in sources:
        files = _files_in_folder if source.is_dir() else _files_in_shard
        for name, opened in files(source):
            if not name.rpartition("/")[2].startswith("."):
                yield name, opened


def _files_in_folder(folder: Path) -> Iterator[tuple[str, Callable[[], Path]]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.relative_to(folder).as_posix(), partial(Path, path)


def _files_in_shard(shard: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    try:
        with tarfile.open(shard) as archive:
            for member in archive:
                if member.isfile():
                    # As tar writes names that were given to it as a folder's.
                    yield member.name.removeprefix("./"), partial(_member, archive, member)
            # Without the block of zeros at its end, the members after a cut would just be missing.
            assert archive.fileobj is not None
            archive.fileobj.seek(archive.offset)
            if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                raise tarfile.ReadError("its end is missing")
    except (tarfile.TarError, EOFError, zlib.error) as error:
        reason = str(error).partition(":\n")[0]
        raise R2D2Error(f"{shard} is no whole TAR file: {reason}") from error


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(member)
    assert stream is not None
    return io.BytesIO(stream.read())


def squash(photo: Image.Image, size: int) -> Image.Image:
    """The photo as a square, its aspect lost, as R2D2 sees it, with Pillow's bicubic.

    For tall photos Pillow 13 began to pass vertically first, which rounds differently; the app and
    the training follow it, so an older one would not do.
    """
    return photo.resize((size, size), Image.Resampling.BICUBIC)


def square(photo: Image.Image, size: int) -> Pixels:
    """The same as bytes, [size, size, 3]."""
    return np.asarray(squash(photo, size), dtype=np.uint8)


def to_pixels(photos: list[Image.Image], config: ImageConfig) -> Tensor:
    """Square photos → [N, 3, S, S], normalized."""
    stacked = np.stack([np.asarray(photo, dtype=np.uint8) for photo in photos])
    pixels = torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 255
    mean = torch.tensor(config.mean)[:, None, None]
    std = torch.tensor(config.std)[:, None, None]
    return (pixels - mean) / std


@dataclass(frozen=True)
class View:
    """How one cached view of every photo is made."""

    flip: bool = False
    crop: bool = False
    colour: bool = False


# The first view is the photo itself; evaluation reads no other.
VIEWS = (
    View(),
    View(flip=True),
    View(crop=True, colour=True),
    View(crop=True, colour=True, flip=True),
    View(crop=True, colour=True),
    View(crop=True, colour=True, flip=True),
)


def make_view(photo: Image.Image, view: View, size: int, rng: np.random.Generator) -> Image.Image:
    """One view: a crop of 55 to 100 % of the area, mirrored, colours shifted, then squashed."""
    if view.crop:
        scale = rng.uniform(0.55, 1.0)
        aspect = np.exp(rng.uniform(-0.25, 0.25))
        width = min(1.0, np.sqrt(scale * aspect)) * photo.width
        height = min(1.0, np.sqrt(scale / aspect)) * photo.height
        left = rng.uniform(0, photo.width - width)
        top = rng.uniform(0, photo.height - height)
        box = (left, top, left + width, top + height)
        photo = photo.resize((size, size), Image.Resampling.BICUBIC, box=box)
    else:
        photo = squash(photo, size)
    if view.flip:
        photo = ImageOps.mirror(photo)
    if view.colour:
        for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            photo = enhance(photo).enhance(rng.uniform(0.75, 1.25))
    return photo
