"""The export on the tiny random model: contract, equality, checks, and what a failure leaves."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
import pytest
import torch
from click.testing import CliRunner
from described import tiny_about
from onnx import TensorProto
from PIL import Image
from torch import nn

from r2d2.architecture import R2D2
from r2d2.cli import main
from r2d2.data.caption_vocabulary import SPECIAL
from r2d2.errors import R2D2Error
from r2d2.export.graph import trace
from r2d2.export.model import export_model
from r2d2.export.package import Package
from r2d2.export.placement import processor_nodes
from r2d2.export.read_back import read_captioner
from r2d2.export.tiny import tiny_captioner, tiny_config, tiny_model, tiny_tokenizer
from r2d2.export.writer import PackageError

CONTRACT = {
    "imageEncoder": (
        {"pixel_values": (TensorProto.FLOAT, ["batch", 3, 32, 32])},
        {"image_embeds": ["batch", 16], "image_tokens": ["batch", 16, 16]},
    ),
    "textEncoder": (
        {
            "input_ids": (TensorProto.INT32, ["batch", "length"]),
            "attention_mask": (TensorProto.INT32, ["batch", "length"]),
        },
        {"text_embeds": ["batch", 16], "text_tokens": ["batch", "length", 31]},
    ),
    "ranker": (
        {
            "image_tokens": (TensorProto.FLOAT, ["batch", 16, 16]),
            "text_tokens": (TensorProto.FLOAT, ["batch", "length", 31]),
            "attention_mask": (TensorProto.INT32, ["batch", "length"]),
        },
        {
            "match_probability": ["batch"],
            "attention": ["batch", "length", 16],
            "head_probabilities": ["batch", 2],
        },
    ),
    "captioner": (
        {
            "image_tokens": (TensorProto.FLOAT, ["batch", 16, 16]),
            "input_ids": (TensorProto.INT32, ["batch", 1]),
            "position": (TensorProto.INT32, [1]),
            "past": (TensorProto.FLOAT, [2, 2, "batch", 2, "past", 16]),
        },
        {"logits": ["batch", 46], "present": [2, 2, "batch", 2, "past + 1", 16]},
    ),
}


def shape_of(value: onnx.ValueInfoProto) -> list[str | int]:
    return [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("packages") / "tiny"
    result = CliRunner().invoke(main, ["tiny", "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


def random_photos(count: int, size: int = 32) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize("variant", ["fp32", "wasm", "webgpu"])
@pytest.mark.parametrize("role", list(CONTRACT))
def test_graphs_keep_the_contract(tiny: Path, role: str, variant: str) -> None:
    manifest = json.loads((tiny / "manifest.json").read_text())
    path = tiny / manifest["graphs"][role][variant]["file"]
    if variant != "webgpu":  # whose operators of ONNX Runtime's own the checker does not know
        onnx.checker.check_model(str(path))
    model = onnx.load(path, load_external_data=False)
    inputs, outputs = CONTRACT[role]
    assert {
        value.name: (value.type.tensor_type.elem_type, shape_of(value))
        for value in model.graph.input
    } == inputs
    assert {value.name: shape_of(value) for value in model.graph.output} == outputs
    assert next(entry.version for entry in model.opset_import if not entry.domain) >= 17


@pytest.mark.parametrize("role", list(CONTRACT))
def test_webgpu_graphs_stay_on_the_gpu(tiny: Path, role: str) -> None:
    graphs = json.loads((tiny / "manifest.json").read_text())["graphs"][role]
    webgpu, wasm = (
        ir.from_proto(onnx.shape_inference.infer_shapes(onnx.load(tiny / graphs[variant]["file"])))
        for variant in ("webgpu", "wasm")
    )
    assert processor_nodes(webgpu) == []
    # What reads token ids computes in float32 on the processor too; the ranker has no weights.
    quantized = role == "imageEncoder"
    integer = ["DynamicQuantizeLinear", "MatMulInteger"] if quantized else []
    assert processor_nodes(wasm) == integer


def test_int64_arithmetic_is_found() -> None:
    class Places(nn.Module):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values.argmax(-1).to(torch.float32)

    graph = trace(Places(), {"values": torch.rand(2, 3)}, ["places"], {"values": {0: "batch"}})
    assert processor_nodes(graph) == ["ArgMax"]


def test_variants_share_their_weights(tiny: Path) -> None:
    graphs = json.loads((tiny / "manifest.json").read_text())["graphs"]
    # The ranker has hardly any.
    for role in ("imageEncoder", "textEncoder", "captioner"):
        assert graphs[role]["wasm"]["external"] == graphs[role]["webgpu"]["external"]


def test_outputs_mean_what_they_say(tiny: Path) -> None:
    package = Package(tiny, "fp32")
    images = package.encode_images(random_photos(3))
    texts = package.encode_texts(["雪地里的狗", "a dog in the snow"])
    for embeddings in (images.embeddings, texts.embeddings):
        np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    ranking = package.rank(images.tokens, texts.tokens[0])
    assert ranking.head_probabilities is not None
    np.testing.assert_allclose(
        ranking.match_probabilities, ranking.head_probabilities.mean(axis=1), atol=1e-6
    )
    np.testing.assert_allclose(ranking.attention.sum(axis=2), 1, atol=1e-5)
    assert np.ptp(ranking.match_probabilities) > 0.01


def test_the_captioner_steps_as_pytorch_reads_whole_texts(tiny: Path) -> None:
    package = Package(tiny, "fp32")
    assert package.caption is not None
    model = tiny_captioner(tiny_config(tiny_tokenizer().get_vocab_size())).model
    photos = package.encode_images(random_photos(3)).tokens
    ids = np.random.default_rng(2).integers(0, 46, (3, model.config.max_tokens), dtype=np.int32)
    with torch.inference_mode():
        states = model.sequence_states(torch.from_numpy(photos), torch.from_numpy(ids))
        expected = model.logits(states) + model.never
    past = None
    for position, column in enumerate(ids.T):
        logits, past = package.caption_step(photos, column, past)
        assert past.shape == (2, 2, 3, 2, position + 1, 16)
        np.testing.assert_allclose(logits, expected[:, position], atol=1e-4)


def test_a_captioner_can_be_read_back(tiny: Path) -> None:
    model = tiny_captioner(tiny_config(tiny_tokenizer().get_vocab_size())).model
    again, tokenizer = read_captioner(tiny)
    # Dropout is the trainer's matter.
    assert replace(again.config, dropout=model.config.dropout) == model.config
    assert tokenizer.get_vocab_size() == model.config.vocabulary
    for name, expected in model.state_dict().items():
        step = float(expected.abs().max()) / 127
        torch.testing.assert_close(again.state_dict()[name], expected, atol=step, rtol=0)


def test_a_captioner_in_half_precision_can_be_read_back(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    captioner = tiny_captioner(tiny_config(tokenizer.get_vocab_size()))
    package = tmp_path / "half"
    model = tiny_model(tiny_config(tokenizer.get_vocab_size()))
    export_model(
        model, tokenizer, tiny_about(model), package, captioner=captioner, precisions=("fp16",)
    )
    again, _ = read_captioner(package)
    for name, expected in captioner.model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], expected, atol=1e-3, rtol=1e-3)


def test_a_damaged_captioner_is_not_read_back(tiny: Path, tmp_path: Path) -> None:
    package = tmp_path / "damaged"
    shutil.copytree(tiny, package)
    [weights] = package.glob("captioner.int8.*.bin")
    weights.write_bytes(bytes(weights.stat().st_size))
    with pytest.raises(PackageError, match="damaged"):
        read_captioner(package)


def test_a_package_without_a_captioner_gives_none_back(tiny: Path, tmp_path: Path) -> None:
    package = tmp_path / "dual"
    shutil.copytree(tiny, package)
    manifest = json.loads((package / "manifest.json").read_text())
    del manifest["caption"]
    (package / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackageError, match="no captioner"):
        read_captioner(package)


def test_captions_never_hold_special_tokens(tiny: Path) -> None:
    package = Package(tiny)
    assert package.caption is not None
    start = np.array(list(package.caption["startTokens"].values()), dtype=np.int32)
    photos = package.encode_images(random_photos(2)).tokens
    logits, _ = package.caption_step(photos, start, None)
    special = {package.caption_tokenizer.token_to_id(piece) for piece in SPECIAL}
    never = {int(token) for token in np.flatnonzero((logits < -1000).all(axis=0))}
    assert never == special - {package.caption["endToken"]}


def test_padding_changes_nothing(tiny: Path) -> None:
    package = Package(tiny, "fp32")
    short, long = (package.tokenize(text) for text in ("狗", "a dog in the snow"))
    ids = np.ones((2, len(long)), dtype=np.int32)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate((short, long)):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    embeddings, tokens = package.session("textEncoder").run(
        None, {"input_ids": ids, "attention_mask": mask}
    )
    alone = package.encode_texts(["狗"])
    np.testing.assert_allclose(embeddings[0], alone.embeddings[0], atol=1e-5)
    images = package.encode_images(random_photos(2))
    padded = package.session("ranker").run(
        ["match_probability"],
        {
            "image_tokens": images.tokens,
            "text_tokens": np.repeat(tokens[:1], 2, axis=0),
            "attention_mask": np.repeat(mask[:1], 2, axis=0),
        },
    )[0]
    ranking = package.rank(images.tokens, alone.tokens[0])
    np.testing.assert_allclose(padded, ranking.match_probabilities, atol=1e-5)


def test_long_texts_are_cut_and_keep_their_end(tiny: Path) -> None:
    ids = Package(tiny).tokenize("狗" * 40)
    assert len(ids) == 16
    assert ids[-1] == 2


def test_quantized_variants_stay_close(tiny: Path) -> None:
    photos = random_photos(4)
    exact = Package(tiny, "fp32").encode_images(photos)
    for variant in ("wasm", "webgpu"):
        ours = Package(tiny, variant).encode_images(photos)
        assert (exact.embeddings * ours.embeddings).sum(axis=1).min() > 0.99


def break_quantization(model: R2D2) -> None:
    """A weight that only meets zeros, and is so large that 8 bits leave nothing of the others."""
    head = model.image_encoder.embedding_head.expert(0)
    with torch.no_grad():
        head.norm.weight[0] = head.norm.bias[0] = 0
        head.linear.weight[:, 0] = head.expand.weight[:, 0] = 1e4


def break_weights(model: R2D2) -> None:
    with torch.no_grad():
        model.text_encoder.embedding_head.expert(0).linear.weight[0, 0] = torch.nan


@pytest.mark.parametrize(
    ("damage", "message"),
    [(break_quantization, "wasm: image embeddings"), (break_weights, "not finite")],
)
def test_a_broken_model_leaves_nothing(
    tmp_path: Path, damage: Callable[[R2D2], None], message: str
) -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(tiny_config(tokenizer.get_vocab_size()))
    about = tiny_about(model)
    damage(model)
    with pytest.raises(PackageError, match=message):
        export_model(model, tokenizer, about, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_other_folders_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    result = CliRunner().invoke(main, ["tiny", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "no model package" in result.output
    assert (tmp_path / "diary.txt").read_text() == "mine"


def test_damaged_files_are_refused(tiny: Path, tmp_path: Path) -> None:
    for path in tiny.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = tmp_path / "text-encoder.int8.0.bin"
    data = bytearray(weights.read_bytes())
    data[10] ^= 1
    weights.write_bytes(data)
    package = Package(tmp_path)
    with pytest.raises(PackageError, match=r"text-encoder\.int8\.0\.bin is damaged"):
        package.encode_texts(["狗"])
    weights.unlink()
    with pytest.raises(PackageError, match="missing"):
        package.encode_texts(["狗"])


@pytest.mark.parametrize("damage", ["missing", "no tokenizer"])
@pytest.mark.parametrize("name", ["tokenizer.json", "caption-tokenizer.json"])
def test_a_tokenizer_that_cannot_be_read_is_named(
    tiny: Path, tmp_path: Path, name: str, damage: str
) -> None:
    package = tmp_path / "package"
    shutil.copytree(tiny, package)
    (package / name).unlink()
    if damage == "no tokenizer":
        (package / name).write_text("{}")
    with pytest.raises(R2D2Error, match=f"{re.escape(str(package / name))} .*{damage}"):
        Package(package)


def test_embed_writes_what_the_package_computes(tiny: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(random_photos(1, 50)[0]).save(photo)
    out = tmp_path / "embeddings.npz"
    arguments = ["embed", "--model", str(tiny), "--text", "狗", "--out", str(out), str(photo)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    with np.load(out) as arrays:
        assert arrays["image_embeds"].shape == (1, 16)
        assert arrays["match_probability"].shape == (1, 1)
        expected = Package(tiny).encode_texts(["狗"]).embeddings
        np.testing.assert_array_equal(arrays["text_embeds"], expected)
