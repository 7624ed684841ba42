"""The photo backbone's last stages, tuned until they keep what captions speak of.

The pretrained classifier drops what does not tell its classes apart. Its stages after the finer
grid are tuned, while the classifier's own verdicts on the photos are kept, so that class names can
be learned from it later.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture import R2D2Config
from r2d2.architecture.efficientnet import EfficientNetLite, InvertedResidual
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.data.corpus import Corpus
from r2d2.data.feature_cache import FeatureCache
from r2d2.data.grid_cache import GridCache
from r2d2.device import device_of
from r2d2.losses.classifier_teacher import classifier_loss
from r2d2.training.batches import Rows
from r2d2.training.config import TuneConfig
from r2d2.training.distributed import gather, share
from r2d2.training.dual_heads import AlignData
from r2d2.training.tuning import Tuner

# Photos that go through the stages at once: what they leave for the way back fits the cache.
_CHUNK = 64


def upper_stages(backbone: EfficientNetLite, grid: Tensor) -> Tensor:
    """`backbone.upper` for training: [N, H, W, C] -> [N, H', W', C'].

    The 1 x 1 convolutions as matrix products: the gradient of a convolution in bfloat16 takes a
    processor several times as long.
    """
    for block in backbone.upper:
        assert isinstance(block, InvertedResidual)
        grid = _upper_block(block, grid)
    return grid


def _upper_block(block: InvertedResidual, grid: Tensor) -> Tensor:
    x = grid if block.expand is None else F.relu6(_pointwise(block.expand, grid))
    x = x.permute(0, 3, 1, 2)
    with torch.autocast(x.device.type, enabled=False):
        x = F.relu6(block.depthwise(x.float()))
    x = _pointwise(block.project, x.permute(0, 2, 3, 1))
    return x + grid if block.skip else x


def _pointwise(conv: nn.Conv2d, grid: Tensor) -> Tensor:
    return F.linear(grid, conv.weight.flatten(1), conv.bias)


def read_grids(
    encoder: ImageEncoder, grids: GridCache, features: FeatureCache, rows: Rows, view: int
) -> Tensor:
    """What the embedding head reads of a view of some photos, with the gradient of the upper
    stages: [N, F]. Of `features` only the texture is read, which no tuning changes.
    """
    where, stored = device_of(encoder), grids.views[view]
    cells = [
        upper_stages(
            encoder.backbone, torch.from_numpy(stored[part]).to(where, torch.bfloat16)
        ).flatten(1, 2)
        for part in np.array_split(rows, -(-len(rows) // _CHUNK))
    ]
    found = F.relu6(encoder.backbone.head(torch.cat(cells))).float()
    texture = torch.from_numpy(features.textures[view][rows])
    return encoder.pool(found, texture.to(where))


class BackboneTuner(Tuner):
    """Trains the upper stages and the head of a photo encoder's backbone."""

    name = "backbone"

    def __init__(
        self,
        corpus: Corpus,
        data: AlignData,
        encoder: ImageEncoder,
        config: R2D2Config,
        options: TuneConfig,
        seed: int,
    ) -> None:
        self.encoder = encoder
        layers: dict[str, nn.Module] = {
            "upper": encoder.backbone.upper,
            "head": encoder.backbone.head,
        }
        super().__init__(corpus, data, layers, config, options, seed)

    def features(self, rows: Rows, view: int) -> Tensor:
        """What the embedding head reads of some photos, by the backbone as it is: [N, F]."""
        train = self.corpus.train
        return read_grids(self.encoder, train.grids, train.features, rows, view)

    def _losses(self, rows: Rows, view: int) -> dict[str, Tensor]:
        photos = gather(self.features(rows[share(len(rows))], view))
        losses = self._contrast(self._batch(rows, photos, view), photos)
        if self.options.keep:
            # What the classifier says of what it saw before has to stay what it says.
            classifier, frozen = self.corpus.classifier, self.data.photos[view][rows]
            kept = classifier_loss(classifier.logits(photos), frozen, classifier)
            losses["classes"] = self.options.keep * kept
        return losses
