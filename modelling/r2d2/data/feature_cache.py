"""Photo features computed once: the backbone's cells, for several views of every photo.

Training then runs only the heads, which is what makes thousands of steps affordable on two cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.data.grid_cache import GridCache

_BATCH = 128


@dataclass(frozen=True)
class FeatureCache:
    """What the backbone gives for every photo, in several views; `index` finds a photo's row.

    `views[view]` is a memory map [N, P, neck + grain width] of fp16, `textures[view]`
    [N, texture width].
    """

    index: dict[str, int]
    views: list[NDArray[np.float16]]
    textures: list[NDArray[np.float32]]


def write_features(folder: Path, grids: GridCache, backbone: EfficientNetLite) -> FeatureCache:
    """Writes what the backbone makes of the grids, but for views that are there, and opens it.

    As with the grids, all views but the plain one are computed in bfloat16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    backbone = backbone.eval().to(memory_format=torch.channels_last)
    views, textures = [], []
    for view, grid in enumerate(grids.views):
        path, texture_path = folder / f"view-{view}.npy", folder / f"texture-{view}.npy"
        if not path.exists():
            _write_view(path, texture_path, grid, backbone, view > 0)
        views.append(np.load(path, mmap_mode="r"))
        textures.append(np.load(texture_path))
    return FeatureCache(grids.index, views, textures)


def _write_view(
    path: Path,
    texture_path: Path,
    grids: NDArray[np.float16],
    backbone: EfficientNetLite,
    rounded: bool,
) -> None:
    part = path.with_suffix(".part.npy")
    rows: np.memmap[Any, np.dtype[np.float16]] | None = None
    textures = []
    for start in range(0, len(grids), _BATCH):
        finer = torch.from_numpy(grids[start : start + _BATCH].astype(np.float32))
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=rounded):
            cells, texture = backbone.cells(finer.permute(0, 3, 1, 2))
        textures.append(texture.float().numpy())
        if rows is None:
            rows = np.lib.format.open_memmap(part, "w+", np.float16, (len(grids), *cells.shape[1:]))
        rows[start : start + len(cells)] = cells.float().numpy()
    if rows is not None:
        rows.flush()
    np.save(texture_path, np.concatenate(textures))
    part.rename(path)
