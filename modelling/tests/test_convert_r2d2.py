"""Released R2D2 checkpoints: parity with an independent forward pass, and named errors."""

import json
import re
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from released import PIECES, SENTENCES, Released, Sizes, forward, write_released
from transformers import BertTokenizer

from r2d2.cli import main
from r2d2.convert.checkpoint import ConversionError, read_checkpoint
from r2d2.convert.r2d2 import read_r2d2
from r2d2.export.package import Package

CONFIGURATIONS = {
    "widths that differ": Sizes(32, 16, (24, 2, 3, 40), (32, 2, 4, 48), (1, 2, 40), 12),
    "image wider, other depths": Sizes(48, 16, (48, 1, 4, 96), (16, 2, 2, 24), (1, 4, 32), 20),
    "deeper joint layers": Sizes(28, 7, (32, 1, 8, 64), (32, 1, 8, 64), (2, 8, 64), 32),
    "dual encoder": Sizes(48, 8, (32, 1, 2, 64), (48, 1, 3, 48), None, 16),
    "long texts, many pieces": Sizes(32, 8, (40, 3, 5, 56), (24, 3, 6, 40), (3, 3, 24), 8, 512),
    "deep dual encoder": Sizes(24, 12, (16, 4, 2, 32), (16, 4, 1, 64), None, 48, 20),
}
MORE_PIECES = [*PIECES, *(f"字{index}" for index in range(500))]


def convert(released: Released, out: Path, precision: str = "fp32", *options: str) -> Result:
    arguments = ["convert", "r2d2", str(released.path), "--config", str(released.config)]
    arguments += ["--out", str(out), "--precision", precision, *options]
    return CliRunner().invoke(main, arguments)


def manifest_of(released: Released, out: Path, *options: str) -> dict[str, Any]:
    result = convert(released, out, *options)
    assert result.exit_code == 0, result.output
    manifest: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return manifest


@pytest.mark.parametrize("name", list(CONFIGURATIONS))
def test_parity_with_an_independent_forward(name: str, tmp_path: Path) -> None:
    pieces = MORE_PIECES if "pieces" in name else PIECES
    released = write_released(tmp_path / "release", CONFIGURATIONS[name], pieces=pieces)
    result = convert(released, tmp_path / "package")
    assert result.exit_code == 0, result.output
    assert "not used" not in result.output
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
    assert manifest["text"]["maxTokens"] == min(64, sizes.positions)
    scores = texts.embeddings @ images.embeddings.T
    exact = expected.text_embeds @ expected.image_embeds.T
    assert (scores.argsort() == exact.argsort()).all()


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
        "hidden_size 32, but visual_encoder.embeddings.patch_embedding.weight has 24",
    ),
    "vision heads": (
        lambda r: edit(r.config / "r2d2_config/vision_config.json", num_attention_heads=5),
        "5 heads do not divide the width 24",
    ),
    "text layers": (
        lambda r: edit(r.config / "hfl_roberta/config.json", num_hidden_layers=3),
        "num_hidden_layers 3, but text_encoder.encoder.layer. has 2",
    ),
    "joint width": (
        lambda r: edit(r.config / "r2d2_config/bert_config.json", hidden_size=30),
        "hidden_size 30, but text_encoder has 32",
    ),
    "vision activation": (
        lambda r: edit(r.config / "r2d2_config/vision_config.json", hidden_act="relu"),
        "hidden_act relu, known is quick_gelu or gelu",
    ),
    "epsilon": (
        lambda r: edit(r.config / "hfl_roberta/config.json", layer_norm_eps="small"),
        "layer_norm_eps 'small', which is no number",
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


def test_a_fault_in_any_tensor_names_it(released: Released) -> None:
    unused = ("position_ids", "post_layernorm", "pooler", "_joint_layer.embeddings")
    needed = [name for name in released.state if not any(part in name for part in unused)]
    assert len(needed) > 100
    for name in needed:
        tensor = released.state[name]
        flawed = tensor.clone()
        flawed.view(-1)[-1] = torch.nan
        longer = torch.cat([tensor, tensor]) if tensor.ndim else torch.zeros(2)
        for value in (None, flawed, longer, torch.zeros(0, *tensor.shape[1:])):
            save(released, **{name: value})
            with pytest.raises(ConversionError, match=re.escape(name)):
                read_r2d2(released.path, released.config)


def test_missing_layers_are_noticed(released: Released) -> None:
    for layer in ("visual_encoder.encoder.layers.0.", "img_joint_layer.encoder.layer.0."):
        names = [name for name in released.state if name.startswith(layer)]
        save(released, **dict.fromkeys(names))
        with pytest.raises(ConversionError, match=re.escape(layer)):
            read_r2d2(released.path, released.config)
    released = write_released(released.path.parent / "deep", CONFIGURATIONS["deeper joint layers"])
    names = [name for name in released.state if "text_joint_layer.encoder.layer.1." in name]
    save(released, **dict.fromkeys(names))
    with pytest.raises(ConversionError, match="1 layers, img_joint_layer 2"):
        read_r2d2(released.path, released.config)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_file_that_breaks_off_is_no_checkpoint(released: Released, share: float) -> None:
    content = released.path.read_bytes()
    released.path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ConversionError, match="no checkpoint"):
        read_r2d2(released.path, released.config)


@pytest.mark.parametrize("content", [b"\x80\x02N.", b"\x1f\x8b\x08\x00", b"PK\x05\x06" + bytes(18)])
def test_files_of_other_kinds_are_no_checkpoints(released: Released, content: bytes) -> None:
    released.path.write_bytes(content)
    with pytest.raises(ConversionError, match=re.escape(str(released.path))):
        read_r2d2(released.path, released.config)


def test_files_may_be_old_and_hold_half_precision(released: Released) -> None:
    state = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in released.state.items()
    }
    torch.save({"model": state}, released.path, _use_new_zipfile_serialization=False)
    weight = read_r2d2(released.path, released.config).image_encoder.get_parameter(
        "projection.weight"
    )
    torch.testing.assert_close(weight, state["vision_proj.weight"].float())


def test_position_ids_may_be_there_or_not(released: Released) -> None:
    for changes in (
        {"text_encoder.embeddings.position_ids": None},
        {"visual_encoder.embeddings.position_ids": torch.arange(5)[None]},
    ):
        save(released, **changes)
        assert read_r2d2(released.path, released.config).ignored == []


def test_what_training_scripts_put_beside_weights_is_ignored(released: Released) -> None:
    beside = {"args": Namespace(lr=1e-5), "best": np.float64(0.5), "history": np.zeros(3)}
    values = torch.load(released.path, weights_only=True)
    torch.save({**values, **beside}, released.path)
    found = read_checkpoint(released.path, "model")
    assert found.extra.keys() >= beside.keys()


def test_what_keeps_a_file_from_being_read_safely_is_named(released: Released) -> None:
    values = torch.load(released.path, weights_only=True)
    torch.save({**values, "rate": Fraction(1, 3)}, released.path)
    with pytest.raises(ConversionError, match=r"it holds fractions\.Fraction, which is code"):
        read_checkpoint(released.path, "model")


@pytest.mark.parametrize("zipped", [True, False])
def test_no_cut_of_a_file_ends_in_another_error(
    released: Released, tmp_path: Path, zipped: bool
) -> None:
    path = tmp_path / "small.pt"
    torch.save({"model": {"w": torch.zeros(9)}}, path, _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    for size in range(0, len(whole) - 1, 13):
        path.write_bytes(whole[:size])
        with suppress(ConversionError):
            read_checkpoint(path)


def test_unknown_keys_are_listed(tmp_path: Path) -> None:
    released = write_released(tmp_path / "release", CONFIGURATIONS["dual encoder"])
    unknown = {"text_queue": torch.zeros(4), "visual_encoder_m.weight": torch.zeros(2), "step": 3}
    torch.save(
        {"model": {**released.state, **unknown}, "optimizer": {}, "scheduler": {"last": 1}},
        released.path,
    )
    result = convert(released, tmp_path / "package")
    assert result.exit_code == 0, result.output
    assert "4 entries of the file are not used" in result.output
    for name in ("scheduler", "step", "text_queue", "visual_encoder_m.weight"):
        assert f"  {name}\n" in result.output
    assert "pooler" not in result.output


def test_a_failed_conversion_leaves_an_older_package_as_it_was(
    released: Released, tmp_path: Path
) -> None:
    assert convert(released, tmp_path / "package").exit_code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "package").iterdir()}
    save(released, **{QUERY: None})
    assert convert(released, tmp_path / "package").exit_code == 1
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "package").iterdir()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["package", "release"]


def test_files_of_one_name_become_models_that_the_app_tells_apart(tmp_path: Path) -> None:
    sizes = CONFIGURATIONS["dual encoder"]
    first, other = (write_released(tmp_path / f"run{seed}", sizes, seed) for seed in (0, 1))
    out = tmp_path / "package"
    conversions = ((first, "int8"), (first, "int8"), (first, "int4"), (other, "int8"))
    manifests = [manifest_of(released, out, precision) for released, precision in conversions]
    edit(first.config / "hfl_roberta/config.json", num_attention_heads=4)
    manifests.append(manifest_of(first, out, "int8"))
    assert {manifest["id"] for manifest in manifests} == {"prd2-checkpoint"}
    versions = [manifest["version"] for manifest in manifests]
    assert versions[0] == versions[1]
    assert len(set(versions)) == 4
    assert all(re.fullmatch("[0-9a-f]{12}", version) for version in versions)


def test_id_version_and_name_can_be_given(tmp_path: Path) -> None:
    released = write_released(tmp_path / "release", CONFIGURATIONS["dual encoder"])
    options = ["--id", "my-prd2", "--version", "2", "--name", "狗"]
    manifest = manifest_of(released, tmp_path / "package", "int8", *options)
    assert [manifest[key] for key in ("id", "version", "name")] == ["my-prd2", "2", "狗"]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--id", "my model", "'my model' cannot be a model's id"),
        ("--id", "", "'' cannot be a model's id"),
        ("--id", "狗\n", "cannot be a model's id"),
        ("--version", " ", "version is empty"),
        ("--name", "", "name is empty"),
    ],
)
def test_what_the_app_would_refuse_is_refused_before_converting(
    released: Released, tmp_path: Path, option: str, value: str, message: str
) -> None:
    result = convert(released, tmp_path / "package", "fp32", option, value)
    assert result.exit_code == 1
    assert message in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_a_file_name_that_is_no_id_becomes_one(released: Released) -> None:
    path = released.path.rename(released.path.with_name("best (第2) v1.5.pth"))
    about = read_r2d2(path, released.config).about
    assert about.id == "r2d2-best-2-v1.5"
    assert about.name == "R2D2 best (第2) v1.5"


def test_wordpiece_equals_transformers(released: Released, tmp_path: Path) -> None:
    from r2d2.convert.tokenizers import wordpiece_tokenizer

    folder = released.config / "hfl_roberta"
    ours = wordpiece_tokenizer(folder)
    theirs = BertTokenizer.from_pretrained(str(folder))
    for text in (*SENTENCES, "DOGS  in\tthe 雪", "", "café 😀𠮷", "dogsinthe", "[SEP] 狗"):
        assert ours.encode(text).ids == theirs(text)["input_ids"], text
