"""Photo → embedding for the pre-ranking, tokens for the ranker."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture.config import ExpertConfig, ImageConfig, R2D2Config
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.architecture.heads import MixedHead, TokenHead
from r2d2.architecture.hubness import Hubness


def image_head(
    config: ImageConfig, experts: tuple[ExpertConfig, ...], dropout: float = 0.1
) -> MixedHead:
    """Photos weigh all experts alike."""
    widths, hidden = zip(*((e.width, e.image_hidden) for e in experts), strict=True)
    return MixedHead(config.pooled_widths, widths, hidden, gated=False, dropout=dropout)


class ImageEncoder(nn.Module):
    """Each cell of the backbone's last grid becomes a token; all of them pooled, the embedding.

    What the ranker has to know of the whole photo, its embedding and its hubness, travels in the
    tokens, a slice in each.
    """

    def __init__(self, config: R2D2Config) -> None:
        super().__init__()
        image, place = config.image, config.place_width
        self.slice_width = config.slice_width
        self.embedding_scale = math.sqrt(config.embedding_width)
        self.padding = image.token_count * config.slice_width - config.whole_width
        self.backbone = EfficientNetLite(image)
        self.embedding_head = image_head(image, config.experts)
        self.token_head = TokenHead(image.cell_widths, image.token_width, place)
        self.positions = nn.Parameter(torch.zeros(image.token_count, place))
        widths = tuple(expert.width for expert in config.experts)
        self.hubness = Hubness(widths, image.anchors, config.ranker.hub_sharpness)

    def pool(self, features: Tensor, texture: Tensor) -> Tensor:
        """Features [N, P, feature + grain width] and texture → what embeddings are made of."""
        own = features[:, :, : self.backbone.head.out_features]
        return torch.cat((own.mean(1), own.amax(1), texture), 1)

    def tokens(self, features: Tensor, embeddings: Tensor) -> Tensor:
        """Each cell's place, then its slice of the whole at unit variance: [N, P, Wi]."""
        cells = self.token_head(features) + self.positions
        whole = torch.cat((embeddings, self.hubness(embeddings)), 1) * self.embedding_scale
        slices = F.pad(whole, (0, self.padding)).view(-1, cells.shape[1], self.slice_width)
        return torch.cat((cells, slices), 2)

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, S, S] → unit-length embeddings [N, D], tokens [N, P, Wi]."""
        return self.encode(*self.backbone(pixel_values))

    def encode(self, cells: Tensor, texture: Tensor) -> tuple[Tensor, Tensor]:
        """What the backbone gives → the same; training has that cached."""
        features = self.backbone.features(cells)
        embeddings = self.embedding_head(self.pool(features, texture))
        return embeddings, self.tokens(features, embeddings)
