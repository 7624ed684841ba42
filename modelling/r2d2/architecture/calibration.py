"""What a match probability means: Platt scaling (Platt 1999), as the package's manifest has it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

_EPSILON = 1e-6


@dataclass(frozen=True)
class Calibration:
    """Calibrated match = sigmoid(scale · logit(match probability) + shift)."""

    scale: float
    shift: float

    def apply(self, match: Tensor) -> Tensor:
        """Calibrated probabilities."""
        return (self.scale * match.logit(_EPSILON) + self.shift).sigmoid()
