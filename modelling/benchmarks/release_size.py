"""What converting a checkpoint of release size takes, and what comes of it.

    modelling/.venv/bin/python modelling/benchmarks/release_size.py FOLDER [PRECISION…]

Writes a random R2D2 checkpoint with ViT-L/14 (0.5 G parameters, 2.1 GB) into FOLDER, converts it at
each precision (fp16, int8 and int4 unless named) and prints for each: time, peak memory of the
conversion, bytes on disk, the largest file and the converter's own table of errors. FOLDER takes up
to 3.5 GB; the packages stay there as FOLDER/<precision>.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

# The checkpoints of the converter's tests, at another size.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from released import PIECES, Sizes, write_released

LARGE = Sizes(
    image=224,
    patch=14,
    vision=(1024, 24, 16, 4096),
    text=(768, 12, 12, 3072),
    joint=(6, 12, 3072),
    dimensions=768,
    positions=512,
)
VOCABULARY = 21_128


def main(folder: Path, precisions: list[str]) -> None:
    """Write the checkpoint where there is none yet, and convert it."""
    release = folder / "release"
    if not (release / "checkpoint.pth").is_file():
        pieces = [*PIECES, *(f"[unused{index}]" for index in range(VOCABULARY - len(PIECES)))]
        # The deviation that BERT and CLIP start their training from.
        write_released(release, LARGE, pieces=pieces, std=0.02)
    size = (release / "checkpoint.pth").stat().st_size
    print(f"checkpoint: {size / 1e9:.2f} GB", flush=True)
    for precision in precisions:
        convert(release, folder / precision, precision)


def convert(release: Path, out: Path, precision: str) -> None:
    """Convert in a process of its own and print what it took."""
    start = time.monotonic()
    command = [sys.executable, "-c", "from r2d2.cli import main; main()", "convert", "r2d2"]
    options = ["--config", str(release), "--out", str(out), "--precision", precision]
    subprocess.run([*command, str(release / "checkpoint.pth"), *options], check=True)
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    sizes = [path.stat().st_size for path in out.iterdir()]
    print(
        f"{precision}: {seconds:.0f} s, at most {peak:.1f} GB of memory in any conversion so far, "
        f"{sum(sizes) / 1e9:.3f} GB on disk in {len(sizes)} files, "
        f"the largest {max(sizes) / 1e6:.1f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["fp16", "int8", "int4"])
