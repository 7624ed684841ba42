"""Multi-head attention written out in plain operations, so that every back end runs it as it is."""

from __future__ import annotations

import math

from torch import Tensor, nn

HIDDEN = -10000.0
"""What is added to the score of what must not be looked at."""


def mask_bias(attention_mask: Tensor) -> Tensor:
    """Mask [N, L] of 0 and 1 → what is added to attention scores over L, [N, 1, 1, L]."""
    return (1.0 - attention_mask.float())[:, None, None, :] * HIDDEN


class Attention(nn.Module):
    """Queries from one sequence, keys and values from another (or the same)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.head_width = width // heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, self.head_width).transpose(1, 2)

    def forward(self, x: Tensor, context: Tensor, bias: Tensor | None = None) -> Tensor:
        """[N, L, W] looking at [N, K, W]; `bias` broadcasts to [N, heads, L, K]."""
        query, key = self._split(self.query(x)), self._split(self.key(context))
        scores = query @ key.transpose(2, 3) / math.sqrt(self.head_width)
        if bias is not None:
            scores = scores + bias
        mixed = scores.softmax(-1) @ self._split(self.value(context))
        out: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return out
