"""`r2d2 export` of a run's folder, and what a manifest may say."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from described import tiny_about
from PIL import Image

from r2d2.architecture.model import save_checkpoint
from r2d2.cli import main
from r2d2.errors import R2D2Error
from r2d2.export.manifest import write_manifest
from r2d2.export.package import Package
from r2d2.export.tiny import tiny_config, tiny_model, tiny_tokenizer
from r2d2.export.trained import measured


def test_a_manifest_holds_no_figure_that_is_not_a_number(tmp_path: Path) -> None:
    figures = {"AUC": 0.5, "labels": {"zh": {"top-1": float("nan"), "top-5": 61.25}}}
    metrics = measured(figures)
    assert [(each["measure"], each["number"]) for each in metrics] == [
        ("AUC", 0.5),
        ("labels / zh / top-5", 61.25),
    ]
    # The checkpoint does not say which data it was measured on.
    assert {each["dataset"] for each in metrics} == {"validation photos of the training data"}
    about = tiny_about(tiny_model(tiny_config(tiny_tokenizer().get_vocab_size())), metrics=metrics)
    write_manifest(tmp_path / "manifest.json", about, {})
    assert "NaN" not in (tmp_path / "manifest.json").read_text()


@pytest.mark.parametrize("name", ["calibration", "rerank_weights"])
def test_a_model_with_a_number_that_is_none_is_refused(name: str) -> None:
    model = tiny_model(tiny_config(tiny_tokenizer().get_vocab_size()))
    model.get_buffer(name)[0] = torch.nan
    with pytest.raises(R2D2Error, match=f"the model's {name.split('_')[0]} .* not finite"):
        tiny_about(model)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A training run's folder."""
    folder = tmp_path / "run"
    tokenizer = tiny_tokenizer()
    save_checkpoint(folder / "checkpoint.pt", tiny_model(tiny_config(tokenizer.get_vocab_size())))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def export(run: Path, *options: str) -> Result:
    arguments = ["export", "--checkpoint", str(run), "--out", str(run.parent / "package")]
    return CliRunner().invoke(main, [*arguments, *options])


def captioned_photos(data: Path, count: int, split: str = "val") -> Path:
    """Photos as files in a folder of their own, one level down, with a caption each."""
    folder = data / "photos"
    (folder / "val").mkdir(parents=True)
    pictures = np.random.default_rng(1).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    names = [f"{index}.png" for index in range(count)]
    for name, pixels in zip(names, pictures, strict=True):
        Image.fromarray(pixels).save(folder / "val" / name)
    lines = [f"{name}\t狗\t{split}\n" for name in names]
    (folder / "captions.zh-a.tsv").write_text("".join(lines), encoding="utf-8")
    (folder / "captions.en-b.tsv").touch()
    return data


def test_a_run_is_checked_with_photos_that_are_files(run: Path, tmp_path: Path) -> None:
    result = export(run, "--photos", str(captioned_photos(tmp_path / "data", 12)))
    assert result.exit_code == 0, result.output
    assert re.search(r"^fp32 .* zh-a \d+\.\d$", result.output, re.MULTILINE)
    assert "en-b" not in result.output
    manifest = Package(tmp_path / "package").manifest
    assert manifest["id"] == "r2d2-mini"
    assert re.fullmatch("[0-9a-f]{12}", manifest["version"]), "made of the content"


@pytest.mark.parametrize(
    ("count", "split", "message"),
    [(0, "val", "hold no photos"), (2, "train", "no line of captions")],
)
def test_photos_that_check_nothing_are_an_error(
    run: Path, tmp_path: Path, count: int, split: str, message: str
) -> None:
    result = export(run, "--photos", str(captioned_photos(tmp_path / "data", count, split)))
    assert result.exit_code == 1
    assert message in result.output
    assert not (tmp_path / "package").exists()


def test_an_export_names_what_is_wrong_with_its_id_or_tokenizer(run: Path) -> None:
    result = export(run, "--id", "R2D2 mini")
    assert result.exit_code == 1
    assert "'R2D2 mini' cannot be a model's id" in result.output
    (run / "tokenizer.json").unlink()
    result = export(run)
    assert result.exit_code == 1
    assert f"{run / 'tokenizer.json'} is missing" in result.output
