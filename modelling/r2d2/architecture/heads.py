"""What both encoders put on top of their features."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class EmbeddingHead(nn.Module):
    """Pooled features → unit-length embeddings: a linear map plus what a small MLP adds.

    The features are blocks of different kinds and scales side by side, `blocks` wide each.
    """

    def __init__(
        self, blocks: tuple[int, ...], hidden: int, outputs: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        inputs = sum(blocks)
        self.blocks = blocks
        self.norm = nn.LayerNorm(inputs)
        self.linear = nn.Linear(inputs, outputs)
        self.expand = nn.Linear(inputs, hidden)
        self.project = nn.Linear(hidden, outputs)
        self.dropout = nn.Dropout(dropout)

    def standardize(self, pooled: Tensor) -> Tensor:
        """Each block at unit variance, then gain and shift of every feature, [N, inputs]."""
        blocks = torch.split(pooled, list(self.blocks), 1)
        parts = [F.layer_norm(block, block.shape[1:]) for block in blocks]
        out: Tensor = self.norm(torch.cat(parts, 1))
        return out

    def forward(self, pooled: Tensor) -> Tensor:
        """[N, inputs] → [N, outputs], rows of unit length."""
        x = self.dropout(self.standardize(pooled))
        out = self.linear(x) + self.project(self.dropout(F.gelu(self.expand(x))))
        return F.normalize(out, dim=-1)


class TokenHead(nn.Module):
    """Features of a token → what the ranker reads; unit variance, so it stores well in 8 bits."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm_in = nn.LayerNorm(inputs)
        self.project = nn.Linear(inputs, outputs)
        self.norm_out = nn.LayerNorm(outputs)

    def forward(self, features: Tensor) -> Tensor:
        """[N, T, inputs] → [N, T, outputs]."""
        out: Tensor = self.norm_out(self.project(self.norm_in(features)))
        return out
