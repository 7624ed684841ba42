"""`r2d2 evaluate` on photo files with captions."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from r2d2.cli import main
from r2d2.errors import R2D2Error
from r2d2.evaluation.captioned_files import (
    best,
    ranks,
    read_captioned_files,
    retrieval,
)
from r2d2.evaluation.judged_pairs import calibrated, read_judged_pairs
from r2d2.evaluation.photo_files import encode_photo_files
from r2d2.export.package import Package

TINY = Path(__file__).parents[2] / "e2e/fixtures/models/tiny"


def _photos(folder: Path, names: str) -> None:
    rng = np.random.default_rng(0)
    for name in names:
        pixels = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")


def test_ranks_count_what_is_better_than_the_best_right_one() -> None:
    scores = np.array([[0.1, 0.9, 0.5], [0.4, 0.4, 0.3]])
    right = np.array([[True, False, True], [True, False, False]])
    assert ranks(scores, right).tolist() == [2, 1]


def test_candidates_are_the_best_and_never_more_than_there_are() -> None:
    cosines = np.array([[0.1, 0.9, 0.5], [0.4, 0.4, 0.3]])
    assert best(cosines, 2).tolist() == [[False, True, True], [True, True, False]]
    assert best(cosines, 64).all()


def test_mean_recall_is_that_of_both_ways() -> None:
    own = np.eye(3, dtype=np.bool_)
    by_text = np.eye(3)
    figures = retrieval(by_text, np.ones((3, 3)) - np.eye(3), own)
    assert figures["textToPhoto"]["recall"]["R@1"] == 100.0
    assert figures["photoToText"]["recall"] == {"R@1": 0.0, "R@5": 100.0, "R@10": 100.0}
    assert figures["meanRecall"] == pytest.approx(500 / 6)


def test_captions_are_read_in_order_and_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "captions.tsv"
    path.write_text("b.jpg\t狗\tval\na.jpg\ta cat\n\nb.jpg\ta dog\nc.jpg\ta bird\n", "utf-8")
    files = read_captioned_files(path, limit=2)
    assert files.photos == ["b.jpg", "a.jpg"]
    assert files.captions == [(0, "狗"), (1, "a cat"), (0, "a dog")]


def test_the_command_writes_what_it_measures(tmp_path: Path) -> None:
    _photos(tmp_path, "abcd")
    captions = tmp_path / "captions.tsv"
    captions.write_text("".join(f"{name}.png\ta {name}\n" for name in "abcd"), encoding="utf-8")
    options = ["evaluate", "--model", str(TINY), "--photos", str(tmp_path), "--captions"]
    out = tmp_path / "figures.json"
    result = CliRunner().invoke(main, [*options, str(captions), "--json", str(out)])
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert (figures["photos"], figures["captions"]) == (4, 4)
    for stage in ("preRanked", "reRanked"):
        for side in ("textToPhoto", "photoToText"):
            assert sorted(set(figures[stage][side]["ranks"])) != []
            assert figures[stage][side]["recall"]["R@5"] == 100.0
    assert "re-ranked" in result.output


def test_faults_are_named(tmp_path: Path) -> None:
    captions = tmp_path / "captions.tsv"
    options = ["evaluate", "--model", str(TINY), "--photos", str(tmp_path), "--captions"]
    for content, message in (
        ("a.png\ta dog\n", "a.png is missing"),
        ("a.png\n", "line 1: there is no sentence"),
        ("\n", "holds no captions"),
    ):
        captions.write_text(content, encoding="utf-8")
        result = CliRunner().invoke(main, [*options, str(captions)])
        assert result.exit_code == 1
        assert message in result.output
    result = CliRunner().invoke(main, options[:-1])
    assert result.exit_code == 2
    assert "--photos goes with --captions or --pairs" in result.output


def test_judged_pairs_are_measured_by_cosine_and_by_match(tmp_path: Path) -> None:
    _photos(tmp_path, "ab")
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("a.png\ta dog\t1\nb.png\ta dog\t0\n\nb.png\t一只猫\t1\n", encoding="utf-8")
    out = tmp_path / "figures.json"
    options = ["evaluate", "--model", str(TINY), "--photos", str(tmp_path), "--pairs"]
    result = CliRunner().invoke(main, [*options, str(pairs), "--json", str(out)])
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert (figures["photos"], figures["pairs"], figures["matching"]) == (2, 3, 2)
    package = Package(TINY)
    photos = encode_photo_files(package, tmp_path, ["a.png", "b.png"])
    texts = package.encode_texts(["a dog", "一只猫"])
    right = [
        photos[0].embeddings[0] @ texts.embeddings[0],
        photos[1].embeddings[0] @ texts.embeddings[1],
    ]
    wrong = photos[1].embeddings[0] @ texts.embeddings[0]
    assert figures["AUC by cosine"] == np.mean([cosine > wrong for cosine in right])
    said = [
        float(
            calibrated(
                torch.from_numpy(package.rank(image.tokens, texts.tokens[row]).match_probabilities),
                package.manifest.get("calibration"),
            )[0]
        )
        for image, row in ((photos[0], 0), (photos[1], 0), (photos[1], 1))
    ]
    assert figures["AUC by match"] == np.mean([said[0] > said[1], said[2] > said[1]])
    as_it_is = [(said[0] > 0.5), (said[1] <= 0.5), (said[2] > 0.5)]
    assert figures["accuracy"] == pytest.approx(100 * np.mean(as_it_is))
    assert "AUC by match" in result.output


def test_a_probability_is_calibrated_on_its_logit() -> None:
    said = torch.tensor([0.5, 0.9])
    assert calibrated(said, None) is said
    found = calibrated(said, {"scale": 2.0, "shift": 0.0}).tolist()
    assert found == pytest.approx([0.5, 81 / 82])


def test_faults_among_judged_pairs_are_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    for content, message in (
        ("a.png\ta dog\n", "line 1: not a file, a sentence and 1 or 0"),
        ("a.png\ta dog\t1\na.png\ta cat\tyes\n", "line 2: not a file"),
        ("a.png\ta dog\t1\n", "needs pairs that match and pairs that do not"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(R2D2Error, match=message):
            read_judged_pairs(path)
    path.write_text("a.png\ta\t1\nb.png\tb\t0\nc.png\tc\t1\na.png\tc\t0\n", encoding="utf-8")
    assert [pair.photo for pair in read_judged_pairs(path, limit=2)] == ["a.png", "b.png", "a.png"]
