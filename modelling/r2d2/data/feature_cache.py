"""Photo features computed once: the backbone's cells, for several views of every photo.

Training then runs only the heads, which is what makes thousands of steps affordable on two cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.data.array_files import Rows, create_rows, save_whole
from r2d2.data.grid_cache import GridCache
from r2d2.device import device_of, half_precision

_READ = 256


@dataclass(frozen=True)
class FeatureCache:
    """What the backbone gives for every photo, in several views; `index` finds a photo's row.

    `views[view]` is a memory map [N, P, neck + grain width] of fp16, `textures[view]`
    [N, texture width].
    """

    index: dict[str, int]
    views: list[NDArray[np.float16]]
    textures: list[NDArray[np.float32]]

    def batches(self, view: int) -> Iterator[tuple[Tensor, Tensor]]:
        """A view's cells [≤ 256, P, neck + grain width] and textures, photo after photo."""
        for start in range(0, len(self.views[view]), _READ):
            rows = slice(start, start + _READ)
            cells = torch.from_numpy(self.views[view][rows].astype(np.float32))
            yield cells, torch.from_numpy(self.textures[view][rows])


def write_features(folder: Path, grids: GridCache, backbone: EfficientNetLite) -> FeatureCache:
    """Writes what the backbone makes of the grids, but for views that are there, and opens it.

    As with the grids, all views but the plain one are computed in bfloat16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    backbone = backbone.eval().to(memory_format=torch.channels_last)
    views, textures = [], []
    for view in range(len(grids.views)):
        path, texture_path = folder / f"view-{view}.npy", folder / f"texture-{view}.npy"
        if not path.exists():
            _write_view(path, texture_path, grids, view, backbone)
        views.append(np.load(path, mmap_mode="r"))
        textures.append(np.load(texture_path))
    return FeatureCache(grids.index, views, textures)


def _write_view(
    path: Path,
    texture_path: Path,
    grids: GridCache,
    view: int,
    backbone: EfficientNetLite,
) -> None:
    part = path.with_suffix(".part.npy")
    count = len(grids.views[view])
    rows: Rows | None = None
    textures: list[NDArray[np.float32]] = []
    start, where = 0, device_of(backbone)
    for finer in grids.batches(view):
        with torch.inference_mode(), half_precision(where, enabled=view > 0):
            cells, texture = backbone.cells(finer.to(where))
        textures.append(texture.float().cpu().numpy())
        if rows is None:
            rows = create_rows(part, (count, *cells.shape[1:]))
        rows[start : start + len(cells)] = cells.float().cpu().numpy()
        start += len(cells)
    if rows is not None:
        rows.flush()
    save_whole(texture_path, np.concatenate(textures))
    part.rename(path)
