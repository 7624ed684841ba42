"""What a match probability means: Platt scaling (Platt 1999), as the package's manifest has it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

NEAREST = 1e-6
"""How near to 0 and 1 a match probability may come: its logit has to be finite."""


@dataclass(frozen=True)
class Calibration:
    """Calibrated match = sigmoid(scale · logit(match probability) + shift)."""

    scale: float
    shift: float

    def apply(self, match: Tensor) -> Tensor:
        """Calibrated probabilities."""
        return (self.scale * match.logit(NEAREST) + self.shift).sigmoid()
