"""Decoupled gradient accumulation (ZeroVL): a contrastive batch larger than memory allows.

A contrastive loss needs all embeddings of a batch at once, but only embeddings: they are made in
chunks without a graph, the loss gives their gradients, and each chunk is embedded once more to
carry its part of them into the weights.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from r2d2.device import random_states, set_random_states

Embed = Callable[[slice], list[Tensor]]


class Decoupled:
    """Embeddings [N, D] of each side of a batch, cut off from the weights until `backward`."""

    def __init__(self, embed: Embed, count: int, chunk: int) -> None:
        self._embed = embed
        self._chunks = [slice(i, min(i + chunk, count)) for i in range(0, count, chunk)]
        # Dropout has to hide the same values when a chunk is embedded again.
        self._random: list[list[Tensor]] = []
        parts = []
        with torch.no_grad():
            for part in self._chunks:
                self._random.append(random_states())
                parts.append(embed(part))
        self.sides = [torch.cat(side).requires_grad_() for side in zip(*parts, strict=True)]

    def backward(self) -> None:
        """Carries the gradients that the sides were given into the weights, chunk by chunk."""
        now = random_states()
        for part, random in zip(self._chunks, self._random, strict=True):
            set_random_states(random)
            gradients = [side.grad[part] for side in self.sides if side.grad is not None]
            torch.autograd.backward(self._embed(part), gradients)
        set_random_states(now)
