"""What both encoders put on top of their features."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Keeps the root's slope finite.
_LEAST_SHARE = 1e-6


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


class Gate(nn.Module):
    """How much each expert counts for a sentence: shares that sum to 1."""

    def __init__(self, inputs: int, experts: int, hidden: int = 32, dropout: float = 0.1) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(inputs)
        self.expand = nn.Linear(inputs, hidden)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(hidden, experts)
        # Training starts from equal shares.
        nn.init.zeros_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(self, standardized: Tensor) -> Tensor:
        """[N, inputs] → [N, experts]."""
        hidden = self.dropout(F.gelu(self.expand(self.norm(standardized))))
        shares: Tensor = self.project(hidden).softmax(1)
        return shares


class MixedHead(nn.Module):
    """Embeddings of several experts side by side, rows of unit length.

    What finds a described scene and what finds a bare class name get in each other's way in one
    head. So each has heads of its own, and the text, which tells what is asked for, weighs them: a
    cosine is the weighted sum of the experts' cosines. Photos weigh all experts alike.
    """

    def __init__(
        self,
        blocks: tuple[int, ...],
        widths: tuple[int, ...],
        hidden: tuple[int, ...],
        gated: bool,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.blocks = blocks
        self.experts = nn.ModuleList(
            EmbeddingHead(blocks, units, width, dropout)
            for width, units in zip(widths, hidden, strict=True)
        )
        several = gated and len(widths) > 1
        self.gate = Gate(sum(blocks), len(widths), dropout=dropout) if several else None

    def expert(self, index: int) -> EmbeddingHead:
        """One of the experts."""
        head = self.experts[index]
        assert isinstance(head, EmbeddingHead)
        return head

    def forward(self, pooled: Tensor) -> Tensor:
        """[N, inputs] → [N, sum of widths]."""
        parts: list[Tensor] = [expert(pooled) for expert in self.experts]
        if len(parts) == 1:
            return parts[0]
        if self.gate is None:
            return torch.cat(parts, 1) / math.sqrt(len(parts))
        # Roots, so that rows keep unit length.
        shares: Tensor = self.gate(standardize(pooled, self.blocks))
        weights = F.normalize((shares + _LEAST_SHARE).sqrt(), dim=1)
        return torch.cat([part * weights[:, i : i + 1] for i, part in enumerate(parts)], 1)


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
