"""Photo features computed once: the backbone's cells, for several views of every photo.

Training then runs only the heads, which is what makes thousands of steps affordable on two cores.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from r2d2.architecture.config import ImageConfig
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.data.photos import VIEWS, make_view, read_photos, to_pixels

_BATCH = 32


@dataclass(frozen=True)
class FeatureCache:
    """What the backbone gives for every photo, in several views; `index` finds a photo's row.

    `views[view]` is a memory map [N, P, neck + grain width] of fp16, `textures[view]`
    [N, texture width].
    """

    index: dict[str, int]
    views: list[NDArray[np.float16]]
    textures: list[NDArray[np.float32]]


def open_cache(folder: Path, views: int = len(VIEWS)) -> FeatureCache:
    """Opens the views that have been written, at most `views` of them."""
    names = json.loads((folder / "photos.json").read_text())
    opened, textures = [], []
    for view in range(views):
        path = folder / f"view-{view}.npy"
        if path.exists():
            opened.append(np.load(path, mmap_mode="r"))
            textures.append(np.load(folder / f"texture-{view}.npy"))
    return FeatureCache({name: row for row, name in enumerate(names)}, opened, textures)


def write_cache(
    folder: Path, shards: list[Path], backbone: EfficientNetLite, config: ImageConfig, views: int
) -> FeatureCache:
    """Writes the views that are missing, and opens the cache.

    The plain view is computed in float32, since evaluation reads it; the others in bfloat16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    backbone = backbone.eval().to(memory_format=torch.channels_last)
    missing = [view for view in range(views) if not (folder / f"view-{view}.npy").exists()]
    if missing:
        names = []
        photos = []
        for name, photo in read_photos(shards):
            names.append(name)
            photos.append(photo)
        (folder / "photos.json").write_text(json.dumps(names))
    for view in missing:
        rng = np.random.default_rng(view)
        rows: np.memmap[Any, np.dtype[np.float16]] | None = None
        textures: list[NDArray[np.float32]] = []
        part = folder / f"view-{view}.part.npy"
        for start in range(0, len(photos), _BATCH):
            batch = [
                make_view(photo, VIEWS[view], config.size, rng)
                for photo in photos[start : start + _BATCH]
            ]
            pixels = to_pixels(batch, config).contiguous(memory_format=torch.channels_last)
            with (
                torch.inference_mode(),
                torch.autocast("cpu", dtype=torch.bfloat16, enabled=view > 0),
            ):
                cells, texture = backbone(pixels)
            found = cells.float().numpy()
            textures.append(texture.float().numpy())
            if rows is None:
                rows = np.lib.format.open_memmap(
                    part, "w+", np.float16, (len(photos), *found.shape[1:])
                )
            rows[start : start + len(batch)] = found
            if start % (_BATCH * 50) == 0:
                print(f"{folder.name} view {view}: {start} / {len(photos)}", flush=True)
        if rows is not None:
            rows.flush()
        np.save(folder / f"texture-{view}.npy", np.concatenate(textures))
        part.rename(folder / f"view-{view}.npy")
    return open_cache(folder, views)
