"""Chinese-CLIP and CLIP checkpoints against `transformers`, on random weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from released import PIECES, SENTENCES
from transformers import (
    ChineseCLIPConfig,
    ChineseCLIPModel,
    CLIPConfig,
    CLIPModel,
    PreTrainedModel,
)

from r2d2.cli import main
from r2d2.convert.clip import read_chinese_clip
from r2d2.convert.tokenizers import clip_tokenizer
from r2d2.errors import R2D2Error
from r2d2.export.package import Package

LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = [
    *LETTERS,
    *(f"{letter}</w>" for letter in LETTERS),
    *("do", "dog</w>", "in</w>", "<|startoftext|>", "<|endoftext|>"),
]
MERGES = ["d o", "do g</w>", "i n</w>"]
CLIP_SENTENCES = ("a dog in the snow", "Dogs   run", "x")


def vision(width: int, layers: int, heads: int, patch: int) -> dict[str, int]:
    return {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 2 * width,
        "image_size": 32,
        "patch_size": patch,
    }


def text(width: int, layers: int, heads: int, vocabulary: int) -> dict[str, int]:
    return {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 3 * width,
        "vocab_size": vocabulary,
        "max_position_embeddings": 40,
    }


def randomize(model: PreTrainedModel) -> PreTrainedModel:
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    return model.eval()


def unit(values: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(values, dim=-1).numpy()


def embeddings(
    model: PreTrainedModel, package: Package, pixels: np.ndarray, texts: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """What `transformers` computes, each text alone."""
    with torch.inference_mode():
        values = torch.from_numpy(package.pixel_values(pixels))
        one = torch.tensor([package.tokenize(texts[0])])
        images = model(input_ids=one, pixel_values=values).image_embeds
        rows = [
            model(input_ids=torch.tensor([package.tokenize(each)]), pixel_values=values).text_embeds
            for each in texts
        ]
    return unit(images), unit(torch.cat(rows))


def check(
    command: str, folder: Path, out: Path, model: PreTrainedModel, texts: tuple[str, ...]
) -> Package:
    arguments = ["convert", command, str(folder), "--out", str(out), "--precision", "fp32"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "not used" not in result.output
    package = Package(out, "fp32")
    assert not package.has_ranker
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    images, sentences = embeddings(model, package, pixels, texts)
    np.testing.assert_allclose(package.encode_images(pixels).embeddings, images, atol=2e-5)
    np.testing.assert_allclose(package.encode_texts(texts).embeddings, sentences, atol=2e-5)
    scale = float(model.logit_scale.detach().exp())
    assert package.manifest["embedding"]["logitScale"] == pytest.approx(scale)
    return package


@pytest.mark.parametrize(
    ("vision_config", "text_config", "dimensions"),
    [
        (vision(24, 2, 3, 16), text(32, 1, 4, len(PIECES)), 20),
        (vision(48, 1, 4, 8), text(16, 2, 2, len(PIECES)), 32),
        ({**vision(32, 3, 8, 4), "hidden_act": "gelu"}, text(40, 3, 5, len(PIECES)), 8),
        (vision(16, 4, 1, 32), text(24, 1, 6, len(PIECES) + 7), 48),
    ],
)
def test_chinese_clip(
    tmp_path: Path, vision_config: dict[str, Any], text_config: dict[str, int], dimensions: int
) -> None:
    config = ChineseCLIPConfig(
        vision_config=vision_config, text_config=text_config, projection_dim=dimensions
    )
    model = randomize(ChineseCLIPModel(config))
    folder = tmp_path / "chinese-clip"
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    check("chinese-clip", folder, tmp_path / "package", model, SENTENCES)


@pytest.mark.parametrize("activation", ["quick_gelu", "gelu"])
def test_clip(tmp_path: Path, activation: str) -> None:
    end = VOCABULARY.index("<|endoftext|>")
    config = CLIPConfig(
        vision_config={**vision(24, 1, 3, 16), "hidden_act": activation},
        text_config={
            **text(32, 1, 4, len(VOCABULARY)),
            "hidden_act": activation,
            "eos_token_id": end,
        },
        projection_dim=16,
    )
    model = randomize(CLIPModel(config))
    folder = tmp_path / "clip"
    model.save_pretrained(folder)
    numbers = {piece: number for number, piece in enumerate(VOCABULARY)}
    (folder / "vocab.json").write_text(json.dumps(numbers), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES]), encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]})
    )
    package = check("clip", folder, tmp_path / "package", model, CLIP_SENTENCES)
    assert package.manifest["image"]["mean"] == [0.5, 0.5, 0.5]
    assert package.tokenizer.encode("Dog  in").tokens == [
        *("<|startoftext|>", "dog</w>", "in</w>", "<|endoftext|>"),
    ]


def test_the_folder_that_one_is_in_gives_the_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ChineseCLIPConfig(
        vision_config=vision(16, 1, 2, 16),
        text_config=text(16, 1, 2, len(PIECES)),
        projection_dim=8,
    )
    model = randomize(ChineseCLIPModel(config))
    for name, expected in (("my clip, 2nd", "my-clip-2nd"), ("模型", "chinese-clip")):
        folder = tmp_path / name
        model.save_pretrained(folder)
        (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
        monkeypatch.chdir(folder)
        about = read_chinese_clip(Path()).about
        assert about.id == expected
        assert about.name == name


def test_a_broken_tokenizer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}")
    with pytest.raises(R2D2Error, match=r"tokenizer\.json holds no tokenizer"):
        clip_tokenizer(tmp_path)


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    arguments = ["convert", "clip", str(tmp_path), "--out", str(tmp_path / "package")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "neither model.safetensors nor pytorch_model.bin" in result.output
    assert list(tmp_path.iterdir()) == []
