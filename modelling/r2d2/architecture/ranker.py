"""Two cross encoders over image and text tokens (R2D2, fine-grained ranking).

Each side starts from late interaction: its tokens look at the other side's tokens in a shared
space, and the weighted mean of the similarities is the first guess of the match logit. Cross
attention layers then correct that guess through a gate that opens during training; without such
a start a cross encoder does not learn to order near misses from a few thousand photos.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture.attention import Attention, mask_bias
from r2d2.architecture.config import RankerConfig


class LateInteraction(nn.Module):
    """Every query token against what it sees of the other side (after TokenFlow)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Linear(width, 1)
        self.log_sharpness = nn.Parameter(torch.tensor(2.0))
        self.log_scale = nn.Parameter(torch.tensor(2.5))
        self.shift = nn.Parameter(torch.tensor(-2.0))

    def forward(
        self,
        similarity: Tensor,
        queries: Tensor,
        query_bias: Tensor | None,
        key_bias: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """Cosines [..., L, K], queries [..., L, W] → logits [...], attention [..., L, K].

        Leading axes broadcast. The biases ([..., L] and [..., 1, K], 0 or strongly negative) hide
        padding.
        """
        scores = similarity * self.log_sharpness.exp()
        if key_bias is not None:
            scores = scores + key_bias
        attention = scores.softmax(-1)
        seen = (attention * similarity).sum(-1)
        weights = self.weight(queries).squeeze(-1)
        if query_bias is not None:
            weights = weights + query_bias
        mean = (weights.softmax(-1) * seen).sum(-1)
        return mean * self.log_scale.exp() + self.shift, attention


class CrossLayer(nn.Module):
    """Self attention, cross attention and MLP, each with residual and norm before it."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(config.width)
        self.self_attention = Attention(config.width, config.heads)
        self.cross_norm = nn.LayerNorm(config.width)
        self.cross_attention = Attention(config.width, config.heads)
        self.mlp_norm = nn.LayerNorm(config.width)
        self.expand = nn.Linear(config.width, config.mlp_width)
        self.project = nn.Linear(config.mlp_width, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, x: Tensor, context: Tensor, bias: Tensor | None, context_bias: Tensor | None
    ) -> Tensor:
        """[N, L, W] looking at itself, then at [N, K, W]."""
        normed = self.self_norm(x)
        x = x + self.dropout(self.self_attention(normed, normed, bias))
        x = x + self.dropout(self.cross_attention(self.cross_norm(x), context, context_bias))
        hidden = F.gelu(self.expand(self.mlp_norm(x)))
        out: Tensor = x + self.dropout(self.project(self.dropout(hidden)))
        return out


class CrossEncoder(nn.Module):
    """One side: queries of one modality attend to the tokens of the other."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.late = LateInteraction(config.width)
        self.layers = nn.ModuleList(CrossLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.pool = nn.Linear(config.width, 1)
        self.match_head = nn.Linear(config.width, 1)
        # A closed gate: training starts from late interaction alone.
        nn.init.zeros_(self.match_head.weight)
        nn.init.zeros_(self.match_head.bias)

    def forward(
        self,
        similarity: Tensor,
        queries: Tensor,
        keys: Tensor,
        query_mask: Tensor | None,
        key_mask: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """Queries [N, L, W], keys [N, K, W], their cosines [N, L, K] → logits [N], attention.

        The masks are [N, L] and [N, K].
        """
        query_bias = None if query_mask is None else mask_bias(query_mask)
        key_bias = None if key_mask is None else mask_bias(key_mask)
        flat_query_bias = None if query_bias is None else query_bias[:, 0, 0]
        logits, attention = self.late(
            similarity, queries, flat_query_bias, None if key_bias is None else key_bias[:, 0]
        )
        x = queries
        for layer in self.layers:
            x = layer(x, keys, query_bias, key_bias)
        x = self.norm(x)
        weights = self.pool(x).squeeze(-1)
        if flat_query_bias is not None:
            weights = weights + flat_query_bias
        pooled = (weights.softmax(-1)[:, :, None] * x).sum(1)
        return logits + self.match_head(pooled).squeeze(-1), attention


class Ranker(nn.Module):
    """Match probability of a text and a photo, the mean of both cross encoders."""

    def __init__(
        self, config: RankerConfig, image_token_width: int, text_token_width: int, image_tokens: int
    ) -> None:
        super().__init__()
        self.image_project = nn.Linear(image_token_width, config.width)
        self.text_project = nn.Linear(text_token_width, config.width)
        self.image_positions = nn.Parameter(torch.zeros(image_tokens, config.width))
        self.text_side = CrossEncoder(config)
        self.image_side = CrossEncoder(config)

    def _project(self, image_tokens: Tensor, text_tokens: Tensor) -> tuple[Tensor, Tensor]:
        return self.image_project(image_tokens) + self.image_positions, self.text_project(
            text_tokens
        )

    def late_logits(
        self, image_tokens: Tensor, text_tokens: Tensor, attention_mask: Tensor
    ) -> Tensor:
        """Late interaction of every text with every photo: [2, texts, photos], text side first."""
        image, text = self._project(image_tokens, text_tokens)
        bias = mask_bias(attention_mask)[:, :, 0]
        # One product for all pairs: [texts * L, W] x [W, photos * P].
        words, grid = F.normalize(text, dim=-1), F.normalize(image, dim=-1)
        product = words.flatten(0, 1) @ grid.flatten(0, 1).T
        similarity = product.view(*text.shape[:2], *image.shape[:2]).transpose(1, 2)
        text_side, _ = self.text_side.late(similarity, text[:, None], bias, None)
        image_side, _ = self.image_side.late(
            similarity.transpose(2, 3), image[None], None, bias[:, :, None]
        )
        return torch.stack((text_side, image_side))

    def match_logits(
        self, image_tokens: Tensor, text_tokens: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits [N, 2] of both sides, text side first, and attention [N, L, P]."""
        image, text = self._project(image_tokens, text_tokens)
        similarity = F.normalize(text, dim=-1) @ F.normalize(image, dim=-1).transpose(1, 2)
        text_logits, attention = self.text_side(similarity, text, image, attention_mask, None)
        image_logits, _ = self.image_side(
            similarity.transpose(1, 2), image, text, None, attention_mask
        )
        return torch.stack((text_logits, image_logits), -1), attention

    def forward(
        self, image_tokens: Tensor, text_tokens: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens [N, P, Wi] and [N, L, Wt] → probability [N], attention [N, L, P], heads [N, 2].

        Rows of the attention sum to 1; the heads' probabilities have the text side first.
        """
        logits, attention = self.match_logits(image_tokens, text_tokens, attention_mask)
        head_probabilities = logits.sigmoid()
        return head_probabilities.mean(-1), attention, head_probabilities
