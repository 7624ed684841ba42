"""Photo → embedding for the pre-ranking, tokens for the ranker."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from r2d2.architecture.config import ExpertConfig, ImageConfig
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.architecture.heads import EmbeddingHead, MixedHead, TokenHead


def image_head(
    config: ImageConfig, experts: tuple[ExpertConfig, ...], dropout: float = 0.1
) -> MixedHead:
    """Photos weigh all experts alike."""
    widths, hidden = zip(*((e.width, e.image_hidden) for e in experts), strict=True)
    return MixedHead(config.pooled_widths, widths, hidden, gated=False, dropout=dropout)


class ImageEncoder(nn.Module):
    """Each cell of the backbone's last grid becomes a token; all of them pooled, the embedding.

    The ranker gets a second embedding, the summary, that is trained without names. It travels
    in the tokens, a slice in each.
    """

    def __init__(self, config: ImageConfig, experts: tuple[ExpertConfig, ...]) -> None:
        super().__init__()
        self.backbone = EfficientNetLite(config)
        self.summary_scale = config.summary_width**0.5
        self.embedding_head = image_head(config, experts)
        self.token_head = TokenHead(config.cell_widths, config.token_width, config.cell_width)
        self.positions = nn.Parameter(torch.zeros(config.token_count, config.cell_width))
        self.summary_head = EmbeddingHead(
            config.pooled_widths, config.summary_head_width, config.summary_width
        )

    def pool(self, features: Tensor, texture: Tensor) -> Tensor:
        """Features [N, P, feature + grain width] and texture → what embeddings are made of."""
        own = features[:, :, : self.backbone.head.out_features]
        return torch.cat((own.mean(1), own.amax(1), texture), 1)

    def tokens(self, features: Tensor, pooled: Tensor) -> Tensor:
        """Each cell's place, then its slice of the summary at unit variance: [N, P, Wi]."""
        cells = self.token_head(features) + self.positions
        summary = self.summary_head(pooled) * self.summary_scale
        return torch.cat((cells, summary.unflatten(1, (cells.shape[1], -1))), 2)

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, S, S] → unit-length embeddings [N, D], tokens [N, P, Wi]."""
        cells, texture = self.backbone(pixel_values)
        features = self.backbone.features(cells)
        pooled = self.pool(features, texture)
        return self.embedding_head(pooled), self.tokens(features, pooled)
