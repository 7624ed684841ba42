"""Experts side by side, and the gate that lets a sentence choose among them.

Heads that learn the names of a thousand classes lose about four points of caption retrieval, and
heads that never saw a class name know none. As two experts under a gate they keep nearly all of
both. Only the gate is trained here, on all the losses at once.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from r2d2.architecture import ExpertConfig, R2D2Config
from r2d2.architecture.heads import EmbeddingHead, MixedHead
from r2d2.architecture.image_encoder import image_head
from r2d2.architecture.text_encoder import text_head
from r2d2.data.corpus import Corpus
from r2d2.training.align import Aligner
from r2d2.training.config import AlignConfig
from r2d2.training.dual_heads import AlignData, DualHeads
from r2d2.training.run_log import RunLog

Heads = tuple[EmbeddingHead, EmbeddingHead]


def with_experts(config: R2D2Config, experts: list[Heads]) -> R2D2Config:
    """The configuration of a model with these image and text heads."""
    sizes = tuple(
        ExpertConfig(image.linear.out_features, image.expand.out_features, text.expand.out_features)
        for image, text in experts
    )
    return replace(config, experts=sizes)


def mix_experts(
    config: R2D2Config,
    experts: list[Heads],
    corpus: Corpus,
    data: AlignData,
    options: AlignConfig,
    seed: int,
    log: RunLog | None = None,
) -> DualHeads:
    """Mixed heads over the given ones; `config` is that of `with_experts`."""
    torch.manual_seed(seed)
    image = image_head(config.image, config.experts)
    text = text_head(config.text, config.experts, options.dropout)
    for mixed, side in ((image, 0), (text, 1)):
        for own, expert in zip(mixed.experts, experts, strict=True):
            own.load_state_dict(expert[side].state_dict())
    heads = DualHeads(image, text, options)
    if text.gate is None:
        return heads.eval()
    for mixed in (image, text):
        _freeze(mixed)
    return Aligner(corpus, data, heads, options, seed, name="gate").train(log).eval()


def _freeze(mixed: MixedHead) -> None:
    mixed.experts.requires_grad_(False)
    for module in mixed.experts.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
