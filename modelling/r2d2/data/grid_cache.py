"""Photos read once: the backbone's finer grid, for several views of every photo.

Everything below that grid stays as pretrained, so whatever is trained on top of it, the photos need
not be opened again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from r2d2.architecture.config import ImageConfig
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.data.array_files import Rows, create_rows
from r2d2.data.photos import VIEWS, make_view, photo_names, read_photos, to_pixels
from r2d2.device import device_of, half_precision
from r2d2.errors import R2D2Error

_BATCH = 32
_READ = 128


@dataclass(frozen=True)
class GridCache:
    """The finer grid of every photo, in several views; `index` finds a photo's row.

    `views[view]` is a memory map [N, H, W, C] of fp16; channels come last, as matrix products want.
    """

    index: dict[str, int]
    views: list[NDArray[np.float16]]

    def batches(self, view: int) -> Iterator[Tensor]:
        """A view's grids as the backbone takes them, [≤ 128, C, H, W], photo after photo."""
        for start in range(0, len(self.views[view]), _READ):
            grids = self.views[view][start : start + _READ].astype(np.float32)
            yield torch.from_numpy(grids).permute(0, 3, 1, 2)


def open_grids(folder: Path, views: int = len(VIEWS)) -> GridCache:
    """Opens the views that have been written, at most `views` of them: none of a folder that no
    photos were read to.
    """
    listed = folder / "photos.json"
    names = json.loads(listed.read_text()) if listed.exists() else []
    paths = [folder / f"grid-{view}.npy" for view in range(views)]
    opened = [np.load(path, mmap_mode="r") for path in paths if path.exists()]
    return GridCache({name: row for row, name in enumerate(names)}, opened)


def write_grids(
    folder: Path, shards: list[Path], backbone: EfficientNetLite, config: ImageConfig, views: int
) -> GridCache:
    """Writes the views that are missing, and opens the cache.

    The plain view is computed in float32, since evaluation reads it; the others in bfloat16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    backbone = backbone.eval().to(memory_format=torch.channels_last)
    missing = [view for view in range(views) if not (folder / f"grid-{view}.npy").exists()]
    names, listed = photo_names(shards), folder / "photos.json"
    if listed.exists() and json.loads(listed.read_text()) != names:
        raise R2D2Error(f"{folder} holds other photos: name another folder with --cache")
    if not listed.exists():
        # Other processes may be reading it: it is there whole, or not at all.
        whole = listed.with_suffix(".part")
        whole.write_text(json.dumps(names))
        whole.replace(listed)
    where = device_of(backbone)
    for view in missing:
        rng = np.random.default_rng(view)
        rows: Rows | None = None
        part = folder / f"grid-{view}.part.npy"
        # Opened anew for each view: all of them at once may be more than memory holds.
        photos = read_photos(shards)
        for start in range(0, len(names), _BATCH):
            batch = [
                make_view(photo, VIEWS[view], config.size, rng)
                for _, photo in islice(photos, _BATCH)
            ]
            pixels = to_pixels(batch, config).contiguous(memory_format=torch.channels_last)
            with torch.inference_mode(), half_precision(where, enabled=view > 0):
                found = backbone.finer(pixels.to(where)).permute(0, 2, 3, 1).float().cpu().numpy()
            if rows is None:
                rows = create_rows(part, (len(names), *found.shape[1:]))
            rows[start : start + len(batch)] = found
            if start % (_BATCH * 50) == 0:
                print(f"{folder.name} view {view}: {start} / {len(names)}", flush=True)
        if rows is not None:
            rows.flush()
        part.rename(folder / f"grid-{view}.npy")
    return open_grids(folder, views)
