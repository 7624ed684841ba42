"""Released R2D2 checkpoints: parity with an independent forward pass, and named errors."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from released import PIECES, SENTENCES, Released, Sizes, forward, write_released
from transformers import BertTokenizer

from r2d2.cli import main
from r2d2.export.package import Package

CONFIGURATIONS = {
    "widths that differ": Sizes(32, 16, (24, 2, 3, 40), (32, 2, 4, 48), (1, 2, 40), 12),
    "image wider, other depths": Sizes(48, 16, (48, 1, 4, 96), (16, 2, 2, 24), (1, 4, 32), 20),
    "deeper joint layers": Sizes(28, 7, (32, 1, 8, 64), (32, 1, 8, 64), (2, 8, 64), 32),
    "dual encoder": Sizes(48, 8, (32, 1, 2, 64), (48, 1, 3, 48), None, 16),
}


def convert(released: Released, out: Path, precision: str = "fp32") -> Result:
    arguments = ["convert", "r2d2", str(released.path), "--config", str(released.config)]
    return CliRunner().invoke(main, [*arguments, "--out", str(out), "--precision", precision])


@pytest.mark.parametrize("name", list(CONFIGURATIONS))
def test_parity_with_an_independent_forward(name: str, tmp_path: Path) -> None:
    released = write_released(tmp_path / "release", CONFIGURATIONS[name])
    result = convert(released, tmp_path / "package")
    assert result.exit_code == 0, result.output
    package = Package(tmp_path / "package", "fp32")
    sizes = released.sizes
    pixels = np.random.default_rng(0).integers(
        0, 256, (3, sizes.image, sizes.image, 3), dtype=np.uint8
    )
    ids = [package.tokenize(text) for text in SENTENCES]
    expected = forward(released, torch.from_numpy(package.pixel_values(pixels)), ids)
    images, texts = package.encode_images(pixels), package.encode_texts(SENTENCES)
    np.testing.assert_allclose(images.embeddings, expected.image_embeds, atol=2e-5)
    np.testing.assert_allclose(texts.embeddings, expected.text_embeds, atol=2e-5)
    assert package.has_ranker == (expected.match_probability is not None)
    if expected.match_probability is not None:
        for tokens, probabilities in zip(texts.tokens, expected.match_probability, strict=True):
            ranking = package.rank(images.tokens, tokens)
            np.testing.assert_allclose(ranking.match_probabilities, probabilities, atol=5e-5)
            np.testing.assert_allclose(ranking.attention.sum(axis=2), 1, atol=1e-5)
    manifest = package.manifest
    assert manifest["embedding"]["logitScale"] == pytest.approx(1 / 0.07)
    assert manifest["image"]["size"] == sizes.image
    assert manifest["tokens"]["image"]["count"] == (sizes.image // sizes.patch) ** 2 + 1
    assert manifest["rerank"]["candidates"] == (0 if sizes.joint is None else 128)


@pytest.fixture
def released(tmp_path: Path) -> Released:
    return write_released(tmp_path / "release", CONFIGURATIONS["widths that differ"])


@pytest.mark.parametrize("precision", ["fp16", "int8", "int4"])
def test_quantized_packages_stay_near(tmp_path: Path, precision: str) -> None:
    released = write_released(tmp_path / "release", CONFIGURATIONS["dual encoder"])
    result = convert(released, tmp_path / "package", precision)
    assert result.exit_code == 0, result.output
    package = Package(tmp_path / "package", "webgpu")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3), dtype=np.uint8)
    ids = [package.tokenize(text) for text in SENTENCES]
    expected = forward(released, torch.from_numpy(package.pixel_values(pixels)), ids)
    lowest = {"fp16": 0.9999, "int8": 0.99, "int4": 0.9}[precision]
    images = package.encode_images(pixels).embeddings
    assert (images * expected.image_embeds).sum(axis=1).min() > lowest


def save(released: Released, **changes: Any) -> None:
    """Write the checkpoint again with some tensors changed, or dropped where the value is None."""
    state = {**released.state, **changes}
    state = {name: tensor for name, tensor in state.items() if tensor is not None}
    torch.save({"model": state}, released.path)


def edit(path: Path, **changes: Any) -> None:
    values = json.loads(path.read_text())
    (values.get("vision_config", values)).update(changes)
    path.write_text(json.dumps(values))


QUERY = "visual_encoder.encoder.layers.1.self_attn.q_proj.weight"
FAULTS: dict[str, tuple[Callable[[Released], None], str]] = {
    "missing": (lambda r: save(r, **{QUERY: None}), QUERY),
    "missing head": (lambda r: save(r, **{"itm_head_i.bias": None}), "itm_head_i.bias"),
    "missing joint": (lambda r: save(r, **{"img_joint_proj.weight": None}), "img_joint_proj"),
    "misshapen": (lambda r: save(r, **{QUERY: torch.zeros(24, 23)}), r"\[24, 23\]"),
    "NaN": (lambda r: save(r, **{QUERY: torch.full((24, 24), torch.nan)}), f"{QUERY} holds NaN"),
    "integers": (lambda r: save(r, **{QUERY: torch.ones(24, 24).long()}), "int64"),
    "temperature": (lambda r: save(r, temp=torch.tensor(0.0)), "temp is 0"),
    "no weights": (lambda r: torch.save({"state": {}}, r.path), "no weights under 'model'"),
    "no checkpoint": (lambda r: r.path.write_text("not a checkpoint"), "no checkpoint"),
    "empty": (lambda r: r.path.write_bytes(b""), "no checkpoint"),
    "no file": (lambda r: r.path.unlink(), "no file"),
    "cut off": (
        lambda r: r.path.write_bytes(r.path.read_bytes()[:5000]),
        "no checkpoint",
    ),
    "code": (lambda r: torch.save({"model": Path()}, r.path), "read safely"),
    "vision width": (
        lambda r: edit(r.config / "r2d2_config/vision_config.json", hidden_size=32),
        "hidden_size 32, but the weights have 24",
    ),
    "vision heads": (
        lambda r: edit(r.config / "r2d2_config/vision_config.json", num_attention_heads=5),
        "5 heads do not divide the width 24",
    ),
    "text layers": (
        lambda r: edit(r.config / "hfl_roberta/config.json", num_hidden_layers=3),
        "num_hidden_layers 3, but the weights have 2",
    ),
    "joint width": (
        lambda r: edit(r.config / "r2d2_config/bert_config.json", hidden_size=30),
        "hidden_size 30, but the weights have 32",
    ),
    "no vocabulary": (lambda r: (r.config / "hfl_roberta/vocab.txt").unlink(), "vocab.txt"),
    "long vocabulary": (
        lambda r: (r.config / "hfl_roberta/vocab.txt").write_text("\n".join([*PIECES, "extra"])),
        "pieces",
    ),
    "broken config": (
        lambda r: (r.config / "hfl_roberta/config.json").write_text("{"),
        "no JSON",
    ),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_faults_are_named_and_leave_nothing(fault: str, released: Released, tmp_path: Path) -> None:
    damage, message = FAULTS[fault]
    damage(released)
    result = convert(released, tmp_path / "package")
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert re.search(message, result.output), result.output
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_unknown_keys_are_listed(tmp_path: Path) -> None:
    released = write_released(tmp_path / "release", CONFIGURATIONS["dual encoder"])
    save(released, text_queue=torch.zeros(4), **{"visual_encoder_m.weight": torch.zeros(2)})
    result = convert(released, tmp_path / "package")
    assert result.exit_code == 0, result.output
    assert "2 tensors of the file are not used" in result.output
    assert "text_queue" in result.output
    assert "pooler" not in result.output


def test_wordpiece_equals_transformers(released: Released, tmp_path: Path) -> None:
    from r2d2.convert.tokenizers import wordpiece_tokenizer

    folder = released.config / "hfl_roberta"
    ours = wordpiece_tokenizer(folder)
    theirs = BertTokenizer.from_pretrained(str(folder))
    for text in (*SENTENCES, "DOGS  in\tthe 雪", "", "café 😀𠮷", "dogsinthe", "[SEP] 狗"):
        assert ours.encode(text).ids == theirs(text)["input_ids"], text
