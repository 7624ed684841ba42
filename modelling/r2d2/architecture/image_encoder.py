"""Photo → embedding for the pre-ranking, tokens for the ranker."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from r2d2.architecture.config import ImageConfig
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.architecture.heads import EmbeddingHead, TokenHead


class ImageEncoder(nn.Module):
    """Each cell of the backbone's last grid becomes a token; all of them pooled, the embedding."""

    def __init__(self, config: ImageConfig, embedding_width: int) -> None:
        super().__init__()
        self.backbone = EfficientNetLite(config)
        self.token_head = TokenHead(config.feature_width, config.token_width)
        self.embedding_head = EmbeddingHead(
            config.pooled_widths, config.head_width, embedding_width
        )

    @staticmethod
    def pool(features: Tensor, texture: Tensor) -> Tensor:
        """Features [N, P, width] and texture → what the embedding head reads."""
        return torch.cat((features.mean(1), features.amax(1), texture), 1)

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, S, S] → unit-length embeddings [N, D], tokens [N, P, Wi]."""
        neck, texture = self.backbone(pixel_values)
        features = self.backbone.features(neck)
        return self.embedding_head(self.pool(features, texture)), self.token_head(features)
