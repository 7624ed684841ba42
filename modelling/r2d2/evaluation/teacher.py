"""What the pretrained ImageNet classifier says of photos: the yardstick for class names."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from PIL import Image
from torch import Tensor

from r2d2.architecture.config import ImageConfig
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.data.photos import to_pixels
from r2d2.data.pretrained import load_lite2
from r2d2.evaluation.stored_photos import squashed


@torch.inference_mode()
def classifier_probabilities(photos: Iterable[Image.Image]) -> Tensor | None:
    """Probabilities [N, 1000]; None without photos, and where the classifier's package is not
    installed.
    """
    config = ImageConfig()
    backbone = EfficientNetLite(config).eval()
    try:
        classifier = load_lite2(backbone)
    except ModuleNotFoundError:
        return None
    parts = []
    for batch in squashed(photos, config.size, 64):
        pixels = to_pixels(batch, config).contiguous(memory_format=torch.channels_last)
        features = backbone.features(backbone(pixels)[0]).mean(1)
        parts.append(classifier.logits(features).softmax(1))
    return torch.cat(parts) if parts else None
