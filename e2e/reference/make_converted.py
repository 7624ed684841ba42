"""Converts a random R2D2 checkpoint in the released form.

    modelling/.venv/bin/python e2e/reference/make_converted.py OUT

Writes OUT/release/ (the checkpoint and its configuration) and OUT/package/.
"""

import sys
from pathlib import Path

from r2d2.cli import main as r2d2

# The checkpoints of the converter's tests.
sys.path.insert(0, str(Path(__file__).parents[2] / "modelling/tests"))

from released import Sizes, write_released

SIZES = Sizes(
    image=32, patch=8, vision=(32, 2, 4, 64), text=(48, 2, 6, 64), joint=(2, 4, 64), dimensions=16
)


def main(out: Path) -> None:
    """Write checkpoint and package."""
    released = write_released(out / "release", SIZES)
    # A version of its own, by which the browser test knows the model.
    options = ["--config", str(released.config), "--out", str(out / "package"), "--version", "1"]
    r2d2(["convert", "r2d2", str(released.path), *options], standalone_mode=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
