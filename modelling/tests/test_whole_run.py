"""Whole runs, from folders of photos to a package: walls of five colours, on the real encoders."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from r2d2.cli import main
from r2d2.export.package import Package

COLOURS = {
    "red": ("红色", (200, 30, 30)),
    "blue": ("蓝色", (30, 30, 200)),
    "green": ("绿色", (30, 180, 30)),
    "grey": ("灰色", (128, 128, 128)),
    "white": ("白色", (220, 220, 220)),
}
SPLITS = {"train": 40, "val": 10}
OPTIONS = """
views = 2
[model.text]
vocabulary = 600
[model.image]
anchors = 4
[align]
batch = 8
epochs = 20
fragments = 1.0
phrase_targets = 1.0
[tune]
epochs = 2
frozen_epochs = 1
[tune_text]
layers = 1
epochs = 2
again_epochs = 2
frozen_epochs = 1
[[expert]]
name = "captions"
width = 16
members = 2
align = { name_weight = 0.0, label_weight = 0.0 }
[[expert]]
name = "names"
width = 16
[gate]
epochs = 1
[rank]
epochs = 1
batch = 8
cells = 20
[caption]
epochs = 2
photos = 4
vocabulary = 60
layers = 1
width = 32
mlp_width = 64
"""


def wall(colour: str, rng: np.random.Generator) -> Image.Image:
    pixels = np.array(COLOURS[colour][1]) + rng.integers(-20, 20, (48, 64, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def write_walls(folder: Path) -> None:
    """Captioned and labelled photos, and the names that every data folder has."""
    rng = np.random.default_rng(0)
    chinese, english = [], []
    for split, count in SPLITS.items():
        (folder / "walls" / split).mkdir(parents=True)
        for i in range(count):
            colour, name = list(COLOURS)[i % len(COLOURS)], f"{split}-{i}.png"
            wall(colour, rng).save(folder / "walls" / split / name)
            own = COLOURS[colour][0]
            chinese += [f"{name}\t一面{own}的墙。\t{split}", f"{name}\t{own}的墙\t{split}"]
            english += [
                f"{name}\tA {colour} wall.\t{split}",
                f"{name}\tA wall in {colour}\t{split}",
            ]
    for source, lines in (("zh-people", chinese), ("en-people", english)):
        text = "\n".join(lines)
        (folder / "walls" / f"captions.{source}.tsv").write_text(text, encoding="utf-8")
    (folder / "labelled").mkdir()
    with tarfile.open(folder / "labelled" / "walls.tar", "w") as shard:
        for label_set in ("indoors", "outdoors"):
            for colour in COLOURS:
                for i in range(5):
                    data = io.BytesIO()
                    wall(colour, rng).save(data, "PNG")
                    member = tarfile.TarInfo(f"{label_set}/{colour}/{i}.png")
                    member.size = data.tell()
                    data.seek(0)
                    shard.addfile(member, data)
    (folder / "names").mkdir()
    classes = [
        f"{label_set}\t{colour}\t{colour}\t{own}"
        for label_set in ("indoors", "outdoors")
        for colour, (own, _) in COLOURS.items()
    ]
    (folder / "names" / "labelled-classes.en-zh.tsv").write_text("\n".join(classes), "utf-8")
    names = "\n".join(f"名字{i}" for i in range(1000))
    (folder / "names" / "imagenet-1k.zh.txt").write_text(names, "utf-8")


def r2d2(command: str, **options: Path | str) -> str:
    given = [f"--{name}={value}" for name, value in options.items()]
    result = CliRunner().invoke(main, [command, *given])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data, the options, and what training made of them in `run`."""
    folder = tmp_path_factory.mktemp("whole")
    write_walls(folder / "data")
    (folder / "options.toml").write_text(OPTIONS, encoding="utf-8")
    train(folder, "run")
    return folder


def train(folder: Path, run: str, **more: Path) -> str:
    paths = {name: folder / name for name in ("data", "cache")}
    return r2d2("train", config=folder / "options.toml", out=folder / run, **paths, **more)


def test_a_run_becomes_a_package_that_finds_and_describes_walls(folder: Path) -> None:
    run, captioner = folder / "run", folder / "captioner"
    paths = {"config": folder / "options.toml", "data": folder / "data", "cache": folder / "cache"}
    r2d2("train-captioner", checkpoint=run / "checkpoint.pt", out=captioner, **paths)
    r2d2("export", checkpoint=run, captioner=captioner, out=folder / "package")
    package = Package(folder / "package")
    photos = [wall(colour, np.random.default_rng(1)) for colour in ("red", "blue")]
    pixels = np.stack([np.asarray(photo.resize((224, 224))) for photo in photos])
    encoded = package.encode_images(pixels)
    texts = package.encode_texts(["一面红色的墙", "a blue wall"])
    assert (texts.embeddings @ encoded.embeddings.T).argmax(1).tolist() == [0, 1]
    metrics = json.loads((folder / "package" / "manifest.json").read_text("utf-8"))["metrics"]
    assert metrics
    assert package.caption is not None


def test_a_finished_run_is_read_and_not_trained_again(folder: Path) -> None:
    before = torch.load(folder / "run" / "ranker.pt", weights_only=True)
    (folder / "run" / "checkpoint.pt").unlink()
    said = train(folder, "run")
    assert "rank 1" not in said
    assert (folder / "run" / "checkpoint.pt").exists()
    after = torch.load(folder / "run" / "ranker.pt", weights_only=True)
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_a_finished_run_is_trained_further(folder: Path) -> None:
    train(folder, "further", begin=folder / "run")
    runs = [torch.load(folder / run / "heads.pt", weights_only=False) for run in ("run", "further")]
    first, further = (heads.state_dict() for heads in runs)
    assert first.keys() == further.keys()
    assert any(not torch.equal(value, further[name]) for name, value in first.items())
