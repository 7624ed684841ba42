"""What the pretrained ImageNet classifier says of photos: the yardstick for class names."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from r2d2.architecture.config import ImageConfig
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.data.photos import squash, to_pixels
from r2d2.data.pretrained import load_lite2


@torch.inference_mode()
def classifier_probabilities(photos: list[Image.Image]) -> Tensor | None:
    """Probabilities [N, 1000], or None where the classifier's package is not installed."""
    config = ImageConfig()
    backbone = EfficientNetLite(config).eval()
    try:
        classifier = load_lite2(backbone)
    except ModuleNotFoundError:
        return None
    parts = []
    for start in range(0, len(photos), 64):
        batch = [squash(photo, config.size) for photo in photos[start : start + 64]]
        pixels = to_pixels(batch, config).contiguous(memory_format=torch.channels_last)
        features = backbone.features(backbone(pixels)[0]).mean(1)
        parts.append(classifier.logits(features).softmax(1))
    return torch.cat(parts)
