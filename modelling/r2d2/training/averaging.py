"""Exponential moving average of weights: the momentum model, and the one that is kept."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)


class MovingAverage(Generic[Module]):
    """A copy of a model whose weights follow it slowly."""

    def __init__(self, model: Module, decay: float = 0.99) -> None:
        self.model: Module = copy.deepcopy(model).eval().requires_grad_(False)
        self._decay = decay
        self._steps = 0

    @torch.no_grad()
    def update(self, model: Module) -> None:
        """Moves towards the model; at first fast, so that the random start is forgotten."""
        self._steps += 1
        decay = min(self._decay, self._steps / (self._steps + 10))
        for mean, value in zip(self.model.parameters(), model.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)

    def state_dict(self) -> dict[str, Any]:
        """The copy's weights and how often it moved."""
        return {"model": self.model.state_dict(), "steps": self._steps}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Inverse of `state_dict`."""
        self.model.load_state_dict(state["model"])
        self._steps = state["steps"]
