"""How much the match counts when a caption is chosen: fitted on half of the photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from r2d2.evaluation.caption_scores import CaptionJudge
from r2d2.evaluation.captions import Candidate, choose

WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
LEAST_DISTINCT = 50.0
"""Percent of all captions that have to differ."""


@dataclass(frozen=True)
class Weighed:
    """What a weight gives: CIDEr by word on each half of the photos, figures on all."""

    match_weight: float
    even: float
    odd: float
    figures: dict[str, float]


def weigh_match(
    candidates: Sequence[Sequence[Candidate]],
    judge: CaptionJudge,
    weights: Sequence[float] = WEIGHTS,
) -> list[Weighed]:
    """Figures of every weight."""
    weighed = []
    for weight in weights:
        texts = [caption.text for caption in choose(candidates, weight)]
        scores = [judge.cider("word", photo, text) for photo, text in enumerate(texts)]
        halves = (scores[0::2], scores[1::2])
        even, odd = (sum(half) / max(1, len(half)) for half in halves)
        weighed.append(Weighed(weight, even, odd, judge.figures(texts)))
    return weighed


def fitted(weighed: Sequence[Weighed]) -> Weighed:
    """The weight with the best CIDEr on even photos of those that leave captions various enough.

    Where none does, the one with the most various captions. Odd photos say what it is worth.
    """
    various = [own for own in weighed if own.figures["distinct"] >= LEAST_DISTINCT]
    if various:
        return max(various, key=lambda own: own.even)
    return max(weighed, key=lambda own: own.figures["distinct"])


def weights_table(language: str, weighed: Sequence[Weighed]) -> str:
    """The figures as aligned lines, the fitted weight marked."""
    best = fitted(weighed)
    lines = [f"{language}: match weight, CIDEr by word of even and odd photos; of all:"]
    for own in weighed:
        figures = "  ".join(f"{name} {value:.1f}" for name, value in own.figures.items())
        mark = "  <- fitted on even photos" if own is best else ""
        lines.append(f"  {own.match_weight:4.2f}  {own.even:6.1f} {own.odd:6.1f}  {figures}{mark}")
    return "\n".join(lines)
