"""Masked language modelling on the pass that also matches (R2D2, enhanced training)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MaskedWords(nn.Module):
    """Tells hidden pieces from their states and from what their places see in the photo.

    It is there for training alone: to name what is hidden, a place has to look where it shows.
    The output is tied to the frozen word embeddings [V, width].
    """

    words: Tensor

    def __init__(self, words: Tensor, place: int) -> None:
        super().__init__()
        width = words.shape[1]
        self.register_buffer("words", words.detach(), persistent=False)
        self.mix = nn.Linear(width + place, width)
        self.norm = nn.LayerNorm(width)
        self.shift = nn.Parameter(torch.zeros(len(words)))

    def forward(self, states: Tensor, seen: Tensor) -> Tensor:
        """States [M, width] and what was seen [M, place] → logits of the vocabulary [M, V]."""
        mixed = self.norm(F.gelu(self.mix(torch.cat((states, seen), 1))))
        logits: Tensor = mixed @ self.words.T + self.shift
        return logits


def masked_word_loss(
    predict: MaskedWords, states: Tensor, seen: Tensor, wanted: Tensor, hidden: Tensor
) -> Tensor:
    """Cross entropy of the pieces `wanted` [N, L] where `hidden` [N, L]; 0 where none is."""
    if not hidden.any():
        return states.new_zeros(())
    return F.cross_entropy(predict(states[hidden], seen[hidden]).float(), wanted[hidden].long())
