"""What the ranker makes of the pre-ranking's best candidates, and how well it tells matches."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from r2d2.evaluation.encoders import Encoder

CANDIDATES = 32


@dataclass(frozen=True)
class Reranked:
    """Candidates of each query by falling cosine: all [Q, C]."""

    photos: Tensor
    cosines: Tensor
    match: Tensor
    right: Tensor

    def recall_at_1(self, match_weight: float, cosine_weight: float) -> float:
        """Percent of queries whose best candidate by the final score is the right photo."""
        best = (match_weight * self.match + cosine_weight * self.cosines).argmax(1, keepdim=True)
        return 100 * float((self.photos.gather(1, best).squeeze(1) == self.right).float().mean())

    def recall_before(self) -> float:
        """R@1 in percent of the pre-ranking alone."""
        return 100 * float((self.photos[:, 0] == self.right).float().mean())


def rerank(
    encoder: Encoder,
    texts: Tensor,
    text_tokens: list[Tensor],
    photos: Tensor,
    image_tokens: Tensor,
    photo_of_text: Tensor,
) -> Reranked:
    """Ranks the best candidates of every text [Q, D] among photos [N, D]."""
    top = (texts @ photos.T).topk(min(CANDIDATES, len(photos)), dim=1)
    match = torch.stack(
        [
            encoder.match(image_tokens[rows], tokens)
            for rows, tokens in zip(top.indices, text_tokens, strict=True)
        ]
    )
    return Reranked(top.indices, top.values, match, photo_of_text)


def matching_pairs(
    reranked: Reranked,
    encoder: Encoder,
    image_tokens: Tensor,
    text_tokens: list[Tensor],
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Match probabilities and truth of validation pairs.

    Each text gives its own photo twice as often as wrong ones of each kind: the nearest wrong
    photo, and a random one.
    """
    generator = torch.Generator().manual_seed(seed)
    probabilities, truth = [], []
    for i, tokens in enumerate(text_tokens):
        right = int(reranked.right[i])
        wrong = [int(row) for row in reranked.photos[i] if int(row) != right]
        other = int(torch.randint(len(image_tokens) - 1, (1,), generator=generator))
        other += other >= right
        rows = torch.tensor([right, wrong[0], other])
        probabilities.append(encoder.match(image_tokens[rows], tokens)[[0, 0, 1, 2]])
        truth.append(torch.tensor([1.0, 1.0, 0.0, 0.0]))
    return torch.cat(probabilities), torch.cat(truth)


def area_under_curve(scores: Tensor, truth: Tensor) -> float:
    """Share of (match, no match) pairs of scores that are in order; ties count half."""
    positive, negative = scores[truth > 0.5], scores[truth <= 0.5]
    ordered = negative.sort().values
    below = torch.searchsorted(ordered, positive, right=False)
    up_to = torch.searchsorted(ordered, positive, right=True)
    return float(((below + up_to) / 2 / len(negative)).mean())
