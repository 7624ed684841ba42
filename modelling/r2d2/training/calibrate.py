"""Fits what turns a trained model's outputs into scores: re-rank weights and match calibration.

Both have one or two parameters and are fitted on one half of the validation queries; the other
half says what they are worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from r2d2.evaluation.reranking import Reranked

_COSINE_WEIGHTS = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)


def fit_rerank_weights(fitting: list[Reranked]) -> tuple[float, float]:
    """Match and cosine weight with the best mean R@1 over sources; the match weight is 1."""
    best = max(
        _COSINE_WEIGHTS,
        key=lambda weight: sum(source.recall_at_1(1.0, weight) for source in fitting),
    )
    return 1.0, best


@dataclass(frozen=True)
class Calibration:
    """Calibrated match = sigmoid(scale * logit(match) + shift)."""

    scale: float
    shift: float

    def apply(self, match: Tensor) -> Tensor:
        """Calibrated probabilities."""
        return (self.scale * match.logit(1e-6) + self.shift).sigmoid()


def fit_calibration(match: Tensor, truth: Tensor) -> Calibration:
    """Platt scaling (Platt 1999) of match probabilities by their truth, both [N]."""
    logits = match.logit(1e-6)
    parameters = torch.tensor([1.0, 0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=100)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(parameters[0] * logits + parameters[1], truth)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    scale, shift = parameters.detach().tolist()
    return Calibration(scale, shift)


def reliability(probabilities: Tensor, truth: Tensor, bins: int = 10) -> list[dict[str, float]]:
    """What was said against what was so, by tenths: mean probability, share of matches, count."""
    rows = []
    for i in range(bins):
        inside = (probabilities >= i / bins) & (probabilities < (i + 1) / bins + (i == bins - 1))
        if inside.any():
            rows.append(
                {
                    "said": float(probabilities[inside].mean()),
                    "was": float(truth[inside].mean()),
                    "count": int(inside.sum()),
                }
            )
    return rows
