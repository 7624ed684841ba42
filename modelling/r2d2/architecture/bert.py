"""BERT encoder (post-norm, exact GELU) as multilingual E5 uses it; token types are folded away."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture.attention import Attention, mask_bias
from r2d2.architecture.config import TextConfig


class BertLayer(nn.Module):
    """Self attention and MLP, each with residual and norm after it; dropout is off until set."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.attention = Attention(config.width, config.heads)
        self.attention_norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.expand = nn.Linear(config.width, config.mlp_width)
        self.project = nn.Linear(config.mlp_width, config.width)
        self.mlp_norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.dropout = nn.Dropout(0.0)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """[N, L, W] → [N, L, W]; `bias` hides padding."""
        x = self.attention_norm(x + self.dropout(self.attention(x, x, bias)))
        out: Tensor = self.mlp_norm(x + self.dropout(self.project(F.gelu(self.expand(x)))))
        return out


class Bert(nn.Module):
    """Token and position embeddings, then the layers."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.words = nn.Embedding(config.vocabulary, config.width)
        self.positions = nn.Parameter(0.02 * torch.randn(config.max_tokens, config.width))
        self.norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.layers = nn.ModuleList(BertLayer(config) for _ in range(config.layers))

    def forward(self, words: Tensor, attention_mask: Tensor) -> Tensor:
        """Word embeddings [N, L, W], mask [N, L] → hidden states of the last layer, [N, L, W]."""
        return self.above(self.below(words, attention_mask, 0), attention_mask, 0)

    def below(self, words: Tensor, attention_mask: Tensor, layers: int) -> Tensor:
        """Word embeddings and mask → hidden states after the first `layers` layers."""
        hidden: Tensor = self.norm(words + self.positions[: words.shape[1]])
        bias = mask_bias(attention_mask)
        for layer in self.layers[:layers]:
            hidden = layer(hidden, bias)
        return hidden

    def above(self, hidden: Tensor, attention_mask: Tensor, layers: int) -> Tensor:
        """Hidden states after the first `layers` layers → those of the last one."""
        bias = mask_bias(attention_mask)
        for layer in self.layers[layers:]:
            hidden = layer(hidden, bias)
        return hidden
