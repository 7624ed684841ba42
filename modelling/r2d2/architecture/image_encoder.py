"""Photo → embedding for the pre-ranking, tokens for the ranker."""

from __future__ import annotations

from torch import Tensor, nn

from r2d2.architecture.config import ImageConfig
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.architecture.heads import EmbeddingHead, TokenHead


class ImageEncoder(nn.Module):
    """Each cell of the backbone's last grid becomes a token, their mean the embedding."""

    def __init__(self, config: ImageConfig, embedding_width: int) -> None:
        super().__init__()
        self.backbone = EfficientNetLite(config)
        self.token_head = TokenHead(config.feature_width, config.token_width)
        self.embedding_head = EmbeddingHead(
            config.feature_width, config.head_width, embedding_width
        )

    def encode_neck(self, neck: Tensor) -> tuple[Tensor, Tensor]:
        """Cached backbone cells [N, P, neck width] → embeddings [N, D], tokens [N, P, Wi]."""
        features = self.backbone.features(neck)
        return self.embedding_head(features.mean(1)), self.token_head(features)

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, S, S] → unit-length embeddings [N, D], tokens [N, P, Wi]."""
        return self.encode_neck(self.backbone.neck(pixel_values))
