"""Photos in shards and folders, opened as they are read: all at once would fill the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from PIL import Image

from r2d2.data.photos import squash


@dataclass(frozen=True)
class StoredPhotos:
    """Photos that are opened anew, one by one, each time that somebody goes through them."""

    read: Callable[[], Iterator[tuple[str, Image.Image]]]

    def __iter__(self) -> Iterator[Image.Image]:
        """Opens them from the first one on."""
        return (photo for _, photo in self.read())


def in_batches(photos: Iterable[Image.Image], count: int) -> Iterator[list[Image.Image]]:
    """The photos, at most `count` at a time."""
    rest = iter(photos)
    while batch := list(islice(rest, count)):
        yield batch


def squashed(photos: Iterable[Image.Image], size: int, count: int) -> Iterator[list[Image.Image]]:
    """The photos as squares, at most `count` at a time."""
    return in_batches((squash(photo, size) for photo in photos), count)
