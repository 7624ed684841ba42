"""Fits what turns a trained model's outputs into scores, on validation queries.

First how much each kind of evidence counts, then how much the cosine counts beside the match
probability, then what a match probability means. All of them are a handful of parameters.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from r2d2.architecture.calibration import NEAREST, Calibration
from r2d2.architecture.ranker import Ranker
from r2d2.evaluation.encoders import CheckpointEncoder
from r2d2.evaluation.reliability import Tenth, reliability
from r2d2.evaluation.report import Encoded
from r2d2.evaluation.reranking import CANDIDATES, Reranked, pair_rows

_COSINE_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
_COSINES = 4
_LEAST_SHARE = 0.05
_ORDERING = 0.075
_KEPT_GAIN = 0.97


def fit_evidence(evidence: Tensor, truth: Tensor, lists: Tensor, right: Tensor) -> Tensor:
    """How much each kind of evidence counts, [K], for a match and for the order of candidates.

    By logistic regression on pairs [N, K], and on the candidates of queries [Q, C, K], which have
    a temperature of their own and the right one at `right` [Q]. Pairs alone would weigh hubness so
    high that what is unlike all texts matches any; lists alone tell matches worse. No weight of the
    four cosines falls below a twentieth of the highest, so that neither side of the ranker is
    without a say; brevity, which comes after them, has a unit of its own.
    """
    logarithms = torch.full((evidence.shape[1],), math.log(10.0), requires_grad=True)
    shift, sharpness = (torch.zeros(1, requires_grad=True) for _ in range(2))
    fitted = [logarithms, shift, sharpness]
    optimizer = torch.optim.LBFGS(fitted, max_iter=200, line_search_fn="strong_wolfe")
    centred = evidence - evidence.mean(0)

    def closure() -> Tensor:
        optimizer.zero_grad()
        weights = logarithms.exp()
        matching = F.binary_cross_entropy_with_logits(centred @ weights + shift, truth)
        ordering = F.cross_entropy(lists @ weights * sharpness.exp(), right)
        loss = matching + _ORDERING * ordering
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    weights = logarithms.detach().exp()
    cosines = weights[:_COSINES]
    least = _LEAST_SHARE * float(cosines.max())
    return torch.cat((cosines.clamp(min=least), weights[_COSINES:]))


@torch.no_grad()
def settle_ranker(ranker: Ranker, weights: Tensor, evidence: Tensor, truth: Tensor) -> None:
    """Gives both sides of the ranker their scales and shifts.

    The mean of both logits orders as `weights` (words found, cells found, cosine, hubness, brevity)
    say, and is calibrated on `evidence` [N, 5] and `truth` [N]. That also keeps the logits where
    the sigmoid is nearly a line, so that the mean of both sides' probabilities orders like that of
    the logits.
    """
    wholes = evidence[:, 2:] @ weights[2:]
    sides = [2 * weights[k] * evidence[:, k] + wholes for k in range(2)]
    centres = [float(side.mean()) for side in sides]
    centred = sum(side - centre for side, centre in zip(sides, centres, strict=True)) / 2
    with torch.enable_grad():
        calibration = fit_calibration(torch.as_tensor(centred), truth)
    for k, late in enumerate((ranker.text_side, ranker.image_side)):
        late.log_scale.fill_(math.log(2 * float(weights[k]) * calibration.scale))
        late.whole_scales.copy_(weights[2:] * calibration.scale)
        late.shift.fill_(calibration.shift - calibration.scale * centres[k])


def fit_rerank_weights(fitting: list[Reranked]) -> tuple[float, float]:
    """Match and cosine weight of the final score; the match weight is 1.

    The ranker learned from captions alone, while the cosine also knows names that no caption holds.
    So the cosine counts as much as it can without the gain in mean R@1 being lost.
    """
    before = sum(source.recall_before() for source in fitting)
    gains = [sum(r.recall_at_1(1.0, w) for r in fitting) - before for w in _COSINE_WEIGHTS]
    enough = max(gains) - (1 - _KEPT_GAIN) * abs(max(gains))
    kept = [w for w, gain in zip(_COSINE_WEIGHTS, gains, strict=True) if gain >= enough]
    return 1.0, max(kept)


def fit_calibration(logits: Tensor, truth: Tensor) -> Calibration:
    """Platt scaling of match logits by their truth, both [N]."""
    parameters = torch.tensor([1.0, 0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(parameters[0] * logits + parameters[1], truth)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    scale, shift = parameters.detach().tolist()
    return Calibration(scale, shift)


def calibrate_model(encoder: CheckpointEncoder, encoded: Encoded) -> list[Tenth]:
    """Fits the ranker's scales, the re-rank weights and the calibration, into the model.

    Returns what the calibrated probabilities say of the pairs that they were fitted on.
    """
    model = encoder.model
    ranker = model.ranker
    count = min(CANDIDATES, len(encoded.photos))
    sources, listed, paired, lists, places = [], [], [], [], []
    for source in encoded.sources:
        cosines, photos = (source.embeddings @ encoded.photos.T).topk(count)
        sources.append((photos, cosines, source.photo))
        # Right twice, the wrong photo most like it, a random one.
        pairs = pair_rows(photos, source.photo, encoded.photos)[:, [0, 0, 2, 3]]
        evidence = encoder.evidence(encoded.tokens, torch.cat((photos, pairs), 1), source.tokens)
        listed.append(evidence[:, :count])
        paired.append(evidence[:, count:])
        found = photos == source.photo[:, None]
        there = found.any(1)
        lists.append(listed[-1][there])
        places.append(found[there].int().argmax(1))

    pairs = torch.cat(paired).flatten(0, 1).clone()
    truth = torch.tensor([1.0, 1.0, 0.0, 0.0]).repeat(len(pairs) // 4)
    weights = fit_evidence(pairs, truth, torch.cat(lists).clone(), torch.cat(places))
    settle_ranker(ranker, weights, pairs, truth)

    def match(evidence: Tensor) -> Tensor:
        with torch.no_grad():
            probability: Tensor = ranker.logits(evidence.clone()).sigmoid().mean(-1)
        return probability

    reranked = [
        Reranked(photos, cosines, match(evidence), right)
        for (photos, cosines, right), evidence in zip(sources, listed, strict=True)
    ]
    model.rerank_weights.copy_(torch.tensor(fit_rerank_weights(reranked)))
    matches = match(pairs)
    calibration = fit_calibration(matches.logit(NEAREST), truth)
    model.calibration.copy_(torch.tensor([calibration.scale, calibration.shift]))
    return reliability(calibration.apply(matches), truth)
