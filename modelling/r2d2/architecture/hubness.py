"""Hubness: how near a photo lies to texts in general.

Some photos are near to every text and come up for all queries (hubs). Against a bank of texts that
can be told, and taken off (querybank normalization, Bogolin et al. 2022): what counts is how much
nearer a photo is to the query than to texts in general. The bank is kept as a few hundred anchors.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

LEAST = -1.0
"""A photo of a kind that the bank knows nothing of is near to no text, and fits none the better."""


class Hubness(nn.Module):
    """Photo embeddings [N, D] → hubness [N, experts], as parts of a cosine, of mean 0.

    For each expert the log of the mean exponential of scaled cosines with the bank. `shares` says
    which part of the bank an anchor stands for; `centre` and `spread` are those of known photos.
    """

    shares: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(self, widths: tuple[int, ...], anchors: int, sharpness: float) -> None:
        super().__init__()
        self.widths, self.sharpness = widths, sharpness
        self.anchors = nn.ParameterList(
            nn.Parameter(torch.zeros(anchors, width), requires_grad=False) for width in widths
        )
        self.register_buffer("shares", torch.full((len(widths), anchors), 1 / anchors))
        self.register_buffer("centre", torch.zeros(len(widths)))
        self.register_buffer("spread", torch.ones(len(widths)))

    def raw(self, embeddings: Tensor) -> Tensor:
        """Hubness as a cosine, [N, experts]."""
        # Photos weigh all experts alike, so each part has the same length.
        scale = self.sharpness * math.sqrt(len(self.widths))
        found = []
        parts = torch.split(embeddings, list(self.widths), 1)
        for part, anchors, shares in zip(parts, self.anchors, self.shares, strict=True):
            near = (scale * part @ anchors.T).exp()
            found.append((near * shares).sum(1, keepdim=True).log() / self.sharpness)
        return torch.cat(found, 1)

    def forward(self, embeddings: Tensor) -> Tensor:
        """[N, D] → [N, experts], none below `LEAST` spreads."""
        deviations = ((self.raw(embeddings) - self.centre) / self.spread).clamp(min=LEAST)
        return deviations * self.spread / math.sqrt(len(self.widths))
