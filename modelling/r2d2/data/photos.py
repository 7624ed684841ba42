"""Photos from TAR shards, and the augmented views that training sees of them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

from r2d2.architecture.config import ImageConfig

Pixels = NDArray[np.uint8]


def read_photos(sources: list[Path]) -> Iterator[tuple[str, Image.Image]]:
    """Name inside the TAR shard or folder and RGB photo, in the order of the sources."""
    for source in sources:
        if source.is_dir():
            for path in sorted(path for path in source.rglob("*") if path.is_file()):
                yield path.relative_to(source).as_posix(), Image.open(path).convert("RGB")
            continue
        with tarfile.open(source) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isfile() else None
                if stream is not None:
                    yield member.name, Image.open(io.BytesIO(stream.read())).convert("RGB")


def squash(photo: Image.Image, size: int) -> Image.Image:
    """The photo as a square, its aspect lost, as R2D2 sees it."""
    return photo.resize((size, size), Image.Resampling.BICUBIC)


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
