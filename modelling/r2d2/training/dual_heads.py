"""What the dual encoder's training trains, and the features that it reads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from r2d2.architecture.heads import MixedHead
from r2d2.training.config import AlignConfig
from r2d2.training.contrast import CaptionBatch
from r2d2.training.phrase_teacher import TaughtPhrases


class DualHeads(nn.Module):
    """The two embedding heads and the temperatures of their losses."""

    def __init__(self, image: MixedHead, text: MixedHead, options: AlignConfig) -> None:
        super().__init__()
        self.image, self.text = image, text
        self.caption_scale = nn.Parameter(torch.tensor(math.log(1 / options.temperature)))
        self.name_scale = nn.Parameter(torch.tensor(math.log(1 / options.name_temperature)))
        self.phrase_scale = nn.Parameter(torch.tensor(math.log(1 / options.temperature)))
        # The captions' temperature is a choice: learned, it falls until training pairs are fitted.
        self.caption_scale.requires_grad_(False)

    def embed(self, batch: CaptionBatch) -> list[Tensor]:
        """Embeddings [N, D] of a batch's photos, then of each source's captions."""
        photos = self.image(batch.photos).float()
        return [photos, *(self.text(text).float() for text in batch.texts)]


@dataclass(frozen=True)
class AlignData:
    """Pooled features that the heads read; the first view is the plain photo."""

    photos: list[Tensor]
    labelled: list[Tensor]
    captions: Tensor
    phrases: TaughtPhrases
