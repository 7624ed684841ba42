"""How much match and cosine count when a caption is chosen: fitted on half of the photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from r2d2.evaluation.caption_scores import CaptionJudge
from r2d2.evaluation.captions import Candidate, choose

MATCH_WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6, 1.0)
COSINE_WEIGHTS = (0.0, 0.5, 1.0, 2.0, 3.0)
LEAST_DISTINCT = {"zh": 50.0, "en": 50.0}
"""Percent of all captions that have to differ."""


@dataclass(frozen=True)
class Weighed:
    """What a pair of weights gives: CIDEr by word on halves of the photos, figures on all."""

    match: float
    cosine: float
    even: float
    odd: float
    figures: dict[str, float]


def weigh(
    candidates: Sequence[Sequence[Candidate]],
    judge: CaptionJudge,
    match_weights: Sequence[float] = MATCH_WEIGHTS,
    cosine_weights: Sequence[float] = COSINE_WEIGHTS,
) -> list[Weighed]:
    """Figures of every pair of weights; the first is no re-ranking where both begin with 0."""
    weighed = []
    for cosine, match in product(cosine_weights, match_weights):
        texts = [caption.text for caption in choose(candidates, match, cosine)]
        scores = [judge.cider("word", photo, text) for photo, text in enumerate(texts)]
        even, odd = (sum(half) / max(1, len(half)) for half in (scores[0::2], scores[1::2]))
        weighed.append(Weighed(match, cosine, even, odd, judge.figures(texts)))
    return weighed


def fitted(by_language: Mapping[str, Sequence[Weighed]]) -> int:
    """Place of the weights that serve all languages best, judged by even photos alone.

    CIDEr relative to no re-ranking, mean over the languages, of those that leave captions various
    enough in each; of all, where none do.
    """
    places = range(len(next(iter(by_language.values()))))

    def various(place: int) -> bool:
        return all(
            own[place].figures["distinct"] >= LEAST_DISTINCT[language]
            for language, own in by_language.items()
        )

    def gain(place: int) -> float:
        return sum(own[place].even / max(1.0, own[0].even) for own in by_language.values())

    return max([place for place in places if various(place)] or places, key=gain)


def weights_table(by_language: Mapping[str, Sequence[Weighed]]) -> str:
    """The figures as aligned lines, the fitted weights marked."""
    best = fitted(by_language)
    lines = []
    for language, weighed in by_language.items():
        lines.append(f"{language}: weights of match and cosine; CIDEr by word, even and odd photos")
        for place, own in enumerate(weighed):
            figures = "  ".join(f"{name} {value:.1f}" for name, value in own.figures.items())
            weights = f"{own.match:5.2f} {own.cosine:4.1f}"
            mark = "  <- fitted on even photos" if place == best else ""
            lines.append(f"  {weights}  {own.even:6.1f} {own.odd:6.1f}  {figures}{mark}")
    return "\n".join(lines)
