"""Progress of a run: lines on the terminal, scalars for TensorBoard, one JSON line at the end."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from r2d2.training.distributed import is_first


class RunLog:
    """Writes into the run's folder; every run's final figures also go to `log.jsonl` beside it.

    Of several processes that train together only the first one writes.
    """

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.folder = folder
        self._start = time.monotonic()
        self._writer = SummaryWriter(str(folder / "tensorboard")) if is_first() else None

    def line(self, text: str) -> None:
        """One line on the terminal and in `train.log`, with the seconds since the start."""
        if self._writer is None:
            return
        stamped = f"{time.monotonic() - self._start:7.0f} s  {text}"
        print(stamped, flush=True)
        with (self.folder / "train.log").open("a", encoding="utf-8") as file:
            file.write(stamped + "\n")

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Figures of one step for TensorBoard."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)

    def finish(self, config: dict[str, Any], metrics: dict[str, Any]) -> None:
        """Appends the run to the log of all runs."""
        if self._writer is None:
            return
        self._writer.close()
        entry = {
            "run": self.folder.name,
            "seconds": round(time.monotonic() - self._start),
            "config": config,
            "metrics": metrics,
        }
        with (self.folder.parent / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
