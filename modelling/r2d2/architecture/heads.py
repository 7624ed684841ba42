"""What both encoders put on top of their features."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def standardize(features: Tensor, blocks: tuple[int, ...]) -> Tensor:
    """Brings each of the blocks that lie side by side in [..., inputs] to unit variance."""
    parts = torch.split(features, list(blocks), -1)
    return torch.cat([F.layer_norm(part, part.shape[-1:]) for part in parts], -1)


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

    def forward(self, pooled: Tensor) -> Tensor:
        """[N, inputs] → [N, outputs], rows of unit length."""
        x = self.dropout(self.norm(standardize(pooled, self.blocks)))
        out = self.linear(x) + self.project(self.dropout(F.gelu(self.expand(x))))
        return F.normalize(out, dim=-1)


class TokenHead(nn.Module):
    """Features of a token → where it lies in the space that words and cells share."""

    def __init__(self, blocks: tuple[int, ...], hidden: int, outputs: int) -> None:
        super().__init__()
        self.blocks = blocks
        self.project = nn.Linear(sum(blocks), hidden)
        self.norm = nn.LayerNorm(hidden)
        self.place = nn.Linear(hidden, outputs)
        self.dropout = nn.Dropout(0.0)

    def forward(self, features: Tensor) -> Tensor:
        """[N, T, inputs] → [N, T, outputs]."""
        x = standardize(features, self.blocks)
        if self.training:
            # A feature is dropped from all tokens at once: neighbours would tell it.
            x = x * self.dropout(torch.ones_like(x[:, :1]))
        out: Tensor = self.place(self.norm(self.project(x)))
        return out
