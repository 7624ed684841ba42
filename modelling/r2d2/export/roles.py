"""The graphs of a package by role: names of inputs and outputs, and how the modules are traced."""

import onnx_ir as ir
import torch
from torch import nn

from r2d2.architecture.captioner import Captioner
from r2d2.export.graph import trace
from r2d2.export.manifest import ImageInput, Tokens

OUTPUTS = {
    "imageEncoder": ("image_embeds", "image_tokens"),
    "textEncoder": ("text_embeds", "text_tokens"),
    "ranker": ("match_probability", "attention", "head_probabilities"),
    "captioner": ("logits", "present"),
}

TEXT_AXES = {0: "batch", 1: "length"}


def trace_image_encoder(module: nn.Module, image: ImageInput) -> ir.Model:
    """`pixel_values` [N, 3, S, S] → `image_embeds` [N, D], `image_tokens` [N, P, Wi]."""
    pixels = torch.zeros(2, 3, image.size, image.size)
    return trace(
        module,
        {"pixel_values": pixels},
        OUTPUTS["imageEncoder"],
        {"pixel_values": {0: "batch"}},
    )


def trace_text_encoder(module: nn.Module) -> ir.Model:
    """`input_ids`, `attention_mask` [N, L] → `text_embeds` [N, D], `text_tokens` [N, L, Wt]."""
    ids = torch.ones(2, 3, dtype=torch.int32)
    return trace(
        module,
        # A tensor of its own each: the tracer takes one object for one input.
        {"input_ids": ids, "attention_mask": ids.clone()},
        OUTPUTS["textEncoder"],
        {"input_ids": TEXT_AXES, "attention_mask": TEXT_AXES},
    )


def trace_ranker(module: nn.Module, tokens: Tokens) -> ir.Model:
    """Tokens of both sides → `match_probability` [N], `attention`, `head_probabilities`."""
    # A text length unlike every width and count: the tracer must not take one for another.
    length = 3
    inputs = {
        "image_tokens": torch.zeros(2, tokens.image_count, tokens.image_width),
        "text_tokens": torch.zeros(2, length, tokens.text_width),
        "attention_mask": torch.ones(2, length, dtype=torch.int32),
    }
    return trace(
        module,
        inputs,
        OUTPUTS["ranker"],
        {"image_tokens": {0: "batch"}, "text_tokens": TEXT_AXES, "attention_mask": TEXT_AXES},
    )


def trace_captioner(module: Captioner) -> ir.Model:
    """One step: `image_tokens`, `input_ids`, `position`, `past` → `logits`, `present`.

    The graph also takes a `past` of length 0, which is what the first step has.
    """
    config = module.config
    earlier = 3
    inputs = {
        "image_tokens": torch.zeros(2, config.image_tokens, config.image_width),
        "input_ids": torch.zeros(2, 1, dtype=torch.int32),
        "position": torch.tensor([earlier], dtype=torch.int32),
        "past": torch.zeros(config.layers, 2, 2, config.heads, earlier, config.head_width),
    }
    return trace(
        module,
        inputs,
        OUTPUTS["captioner"],
        {
            "image_tokens": {0: "batch"},
            "input_ids": {0: "batch"},
            "past": {2: "batch", 4: "past"},
        },
    )
