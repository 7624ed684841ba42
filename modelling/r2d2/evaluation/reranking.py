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

    def ordered(self, match_weight: float, cosine_weight: float) -> Tensor:
        """The candidates by falling final score, [Q, C]."""
        score = match_weight * self.match + cosine_weight * self.cosines
        return self.photos.gather(1, score.argsort(stable=True, dim=1, descending=True))

    def recall_at_1(self, match_weight: float, cosine_weight: float) -> float:
        """Percent of queries whose best candidate by the final score is the right photo."""
        return self._recall(self.ordered(match_weight, cosine_weight), 1)

    def recall_at_10(self, match_weight: float, cosine_weight: float) -> float:
        """Percent of queries with the right photo among the ten best by the final score."""
        return self._recall(self.ordered(match_weight, cosine_weight), 10)

    def recall_before(self, count: int = 1) -> float:
        """R@`count` in percent of the pre-ranking alone."""
        return self._recall(self.photos, count)

    def _recall(self, photos: Tensor, count: int) -> float:
        return 100 * float((photos[:, :count] == self.right[:, None]).any(1).float().mean())


def rerank(
    encoder: Encoder,
    texts: Tensor,
    text_tokens: list[Tensor],
    photos: Tensor,
    image_tokens: Tensor,
    photo_of_text: Tensor,
    candidates: int = CANDIDATES,
) -> Reranked:
    """Ranks the best candidates of every text [Q, D] among photos [N, D]."""
    top = (texts @ photos.T).topk(min(candidates, len(photos)), dim=1)
    match = encoder.match(image_tokens, top.indices, text_tokens)
    return Reranked(top.indices, top.values, match, photo_of_text)


@dataclass(frozen=True)
class Pairs:
    """Match probabilities [Q] of each text with its own photo and three kinds of wrong ones."""

    right: Tensor
    # The wrong photo that the dual encoder puts first for the text.
    best_wrong: Tensor
    # The wrong photo that looks most like the right one.
    alike: Tensor
    random: Tensor

    def halves(self, near: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities and truth: half right, a quarter `near` misses, a quarter random."""
        scores = torch.cat((self.right, self.right, near, self.random))
        truth = torch.zeros(len(scores))
        truth[: 2 * len(self.right)] = 1.0
        return scores, truth


def pair_rows(candidates: Tensor, right: Tensor, photos: Tensor, seed: int = 0) -> Tensor:
    """Rows of photos for each text, [Q, 4], in the order of `Pairs`.

    `candidates` [Q, C] are rows by falling cosine, `photos` embeddings [N, D].
    """
    wrong = torch.where(candidates[:, 0] == right, candidates[:, 1], candidates[:, 0])
    alike = (photos @ photos.T).fill_diagonal_(-torch.inf).argmax(1)[right]
    generator = torch.Generator().manual_seed(seed)
    other = torch.randint(len(photos) - 1, (len(right),), generator=generator)
    return torch.stack((right, wrong, alike, other + (other >= right)), 1)


def matching_pairs(
    reranked: Reranked,
    encoder: Encoder,
    photos: Tensor,
    image_tokens: Tensor,
    text_tokens: list[Tensor],
) -> Pairs:
    """The validation pairs of every text; `photos` are embeddings [N, D]."""
    rows = pair_rows(reranked.photos, reranked.right, photos)
    return Pairs(*encoder.match(image_tokens, rows, text_tokens).T)


def accuracy(scores: Tensor, truth: Tensor) -> float:
    """Percent of pairs on the right side of one half."""
    return 100 * float(((scores > 0.5) == (truth > 0.5)).float().mean())


def area_under_curve(scores: Tensor, truth: Tensor) -> float:
    """Share of (match, no match) pairs of scores that are in order; ties count half."""
    positive, negative = scores[truth > 0.5], scores[truth <= 0.5]
    ordered = negative.sort().values
    below = torch.searchsorted(ordered, positive, right=False)
    up_to = torch.searchsorted(ordered, positive, right=True)
    return float(((below + up_to) / 2 / len(negative)).mean())
