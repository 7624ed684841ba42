"""Random checkpoints in the released R2D2 form, and a forward pass that owes nothing to ours.

Both towers are those of `transformers`; the joint encoders are computed here from the raw tensors.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertModel, CLIPVisionConfig, CLIPVisionModel

CHARACTERS = "草地上的狗雪里一名男子户外探险海边日落两个女孩骑自行车红色"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CHARACTERS, "dog", "##s", "in", "the"]
SENTENCES = ("草地上的狗", "雪地里的狗 dogs in the 龘", "一名男子户外探险" * 12)


@dataclass(frozen=True)
class Sizes:
    """What a released checkpoint leaves open."""

    image: int
    patch: int
    vision: tuple[int, int, int, int]
    """Width, layers, heads, MLP width."""
    text: tuple[int, int, int, int]
    joint: tuple[int, int, int] | None
    """Layers, heads, MLP width; None makes a dual encoder."""
    dimensions: int
    positions: int = 80
    """The longest text."""


@dataclass(frozen=True)
class Released:
    """A written checkpoint and its parts."""

    path: Path
    config: Path
    sizes: Sizes
    vision: CLIPVisionModel
    bert: BertModel
    state: dict[str, Tensor]


def write_released(
    folder: Path,
    sizes: Sizes,
    seed: int = 0,
    pieces: Sequence[str] = PIECES,
    std: float = 0.15,
) -> Released:
    """Write `checkpoint.pth`, `hfl_roberta/` and `r2d2_config/`.

    `std` is the deviation of the towers' weights.
    """
    torch.manual_seed(seed)
    width, layers, heads, inner = sizes.vision
    vision_config = CLIPVisionConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        image_size=sizes.image,
        patch_size=sizes.patch,
    )
    text_width, text_layers, text_heads, text_inner = sizes.text
    bert_config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=text_width,
        num_hidden_layers=text_layers,
        num_attention_heads=text_heads,
        intermediate_size=text_inner,
        max_position_embeddings=sizes.positions,
        layer_norm_eps=1e-12,
    )
    vision = CLIPVisionModel(vision_config).eval()
    bert = BertModel(bert_config).eval()
    for name, parameter in [*vision.named_parameters(), *bert.named_parameters()]:
        scales = "norm" in name.lower() and name.endswith("weight")
        torch.nn.init.normal_(parameter, mean=float(scales), std=std)
    state: dict[str, Tensor] = {"temp": torch.tensor(0.07)}
    for name, tensor in vision.state_dict().items():
        state[f"visual_encoder.{name.removeprefix('vision_model.')}"] = tensor
    for name, tensor in bert.state_dict().items():
        state[f"text_encoder.{name}"] = tensor
    state["text_encoder.embeddings.position_ids"] = torch.arange(sizes.positions)[None]
    state |= linear("vision_proj", width, sizes.dimensions)
    state |= linear("text_proj", text_width, sizes.dimensions)
    if sizes.joint is not None:
        joint_layers, _, joint_inner = sizes.joint
        for side, memory in (("text", width), ("img", text_width)):
            for layer in range(joint_layers):
                prefix = f"{side}_joint_layer.encoder.layer.{layer}"
                for kind, keys in (("attention", text_width), ("crossattention", memory)):
                    state |= linear(f"{prefix}.{kind}.self.query", text_width, text_width)
                    state |= linear(f"{prefix}.{kind}.self.key", keys, text_width)
                    state |= linear(f"{prefix}.{kind}.self.value", keys, text_width)
                    state |= linear(f"{prefix}.{kind}.output.dense", text_width, text_width)
                    state |= norm(f"{prefix}.{kind}.output.LayerNorm", text_width)
                state |= linear(f"{prefix}.intermediate.dense", text_width, joint_inner)
                state |= linear(f"{prefix}.output.dense", joint_inner, text_width)
                state |= norm(f"{prefix}.output.LayerNorm", text_width)
            state[f"{side}_joint_layer.embeddings.word_embeddings.weight"] = torch.zeros(3, 4)
        state |= linear("img_joint_proj", width, text_width)
        state |= linear("itm_head", text_width, 2) | linear("itm_head_i", text_width, 2)

    roberta, config = folder / "hfl_roberta", folder / "r2d2_config"
    roberta.mkdir(parents=True)
    config.mkdir()
    (roberta / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    write_json(roberta / "config.json", bert_config.to_dict())
    write_json(config / "vision_config.json", {"vision_config": vision_config.to_dict()})
    if sizes.joint is not None:
        _, joint_heads, joint_inner = sizes.joint
        write_json(
            config / "bert_config.json",
            {
                "hidden_size": text_width,
                "num_attention_heads": joint_heads,
                "intermediate_size": joint_inner,
                "num_hidden_layers": 12,
                "encoder_width": 768,
                "layer_norm_eps": 1e-12,
            },
        )
    path = folder / "checkpoint.pth"
    torch.save({"model": state, "epoch": 3, "config": {"top_k": 128}}, path)
    return Released(path, folder, sizes, vision, bert, state)


def linear(name: str, inputs: int, outputs: int) -> dict[str, Tensor]:
    """Random weights of a linear layer."""
    return {
        f"{name}.weight": torch.randn(outputs, inputs) * inputs**-0.5,
        f"{name}.bias": torch.randn(outputs) * 0.1,
    }


def norm(name: str, width: int) -> dict[str, Tensor]:
    """Random weights of a layer norm."""
    return {
        f"{name}.weight": 1 + 0.1 * torch.randn(width),
        f"{name}.bias": 0.1 * torch.randn(width),
    }


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write a configuration file."""
    path.write_text(json.dumps(values, default=str), encoding="utf-8")


@dataclass(frozen=True)
class Expected:
    """What the reference computes of photos and sentences."""

    image_embeds: np.ndarray
    text_embeds: np.ndarray
    match_probability: np.ndarray | None
    """[sentence, photo]"""


@torch.inference_mode()
def forward(released: Released, pixel_values: Tensor, texts: list[list[int]]) -> Expected:
    """The released model, straight from its tensors; `texts` are token ids."""
    state = released.state
    hidden = released.vision(pixel_values, output_hidden_states=True).hidden_states[-1]

    def project(name: str, states: Tensor) -> Tensor:
        return functional.linear(states, state[f"{name}.weight"], state[f"{name}.bias"])

    image_embeds = functional.normalize(project("vision_proj", hidden[:, 0]), dim=-1)
    text_embeds, probabilities = [], []
    for ids in texts:
        text = released.bert(torch.tensor([ids])).last_hidden_state
        text_embeds.append(functional.normalize(project("text_proj", text[:, 0]), dim=-1)[0])
        if released.sizes.joint is None:
            continue
        words = text.expand(len(hidden), -1, -1)
        joint_text = joint(state, "text", words, hidden, released.sizes.joint)
        image = project("img_joint_proj", hidden)
        joint_image = joint(state, "img", image, words, released.sizes.joint)
        logits = project("itm_head", joint_text[:, 0]), project("itm_head_i", joint_image[:, 0])
        probabilities.append(sum(each.softmax(-1)[:, 1] for each in logits) / 2)
    return Expected(
        image_embeds.numpy(),
        torch.stack(text_embeds).numpy(),
        torch.stack(probabilities).numpy() if probabilities else None,
    )


def joint(
    state: dict[str, Tensor],
    side: str,
    states: Tensor,
    memory: Tensor,
    sizes: tuple[int, int, int],
) -> Tensor:
    """One joint encoder, with PyTorch's own attention."""
    layers, heads, _ = sizes
    width = states.shape[-1]

    def part(name: str, states: Tensor) -> Tensor:
        return functional.linear(states, state[f"{name}.weight"], state[f"{name}.bias"])

    def normed(name: str, states: Tensor) -> Tensor:
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        return functional.layer_norm(states, (width,), weight, bias, 1e-12)

    for layer in range(layers):
        prefix = f"{side}_joint_layer.encoder.layer.{layer}"
        for kind, keys in (("attention", None), ("crossattention", memory)):
            source = states if keys is None else keys
            query, key, value = (
                part(f"{prefix}.{kind}.self.{name}", each)
                .unflatten(-1, (heads, width // heads))
                .transpose(1, 2)
                for name, each in (("query", states), ("key", source), ("value", source))
            )
            mixed = functional.scaled_dot_product_attention(query, key, value)
            mixed = part(f"{prefix}.{kind}.output.dense", mixed.transpose(1, 2).flatten(2))
            states = normed(f"{prefix}.{kind}.output.LayerNorm", mixed + states)
        inner = functional.gelu(part(f"{prefix}.intermediate.dense", states))
        inner = part(f"{prefix}.output.dense", inner)
        states = normed(f"{prefix}.output.LayerNorm", inner + states)
    return states
