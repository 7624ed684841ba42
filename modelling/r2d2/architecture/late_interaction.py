"""Late interaction: how well each token of one side is found among the other side's tokens."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from r2d2.architecture.attention import HIDDEN


def soft_maximum(
    similarity: Tensor, sharpness: float, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Cosines [..., L, K] → soft maximum over K [..., L], attention [..., L, K].

    The soft maximum is the log of the mean exponential; the attention is its gradient, and its
    rows sum to 1. A mask of 0 and 1, broadcasting to the cosines, hides padding.
    """
    scores = similarity * sharpness
    count: int | Tensor
    if mask is None:
        count = similarity.shape[-1]
    else:
        scores = scores + (1.0 - mask) * HIDDEN
        count = mask.sum(-1)
    highest = scores.amax(-1, keepdim=True)
    exponentials = (scores - highest).exp()
    total = exponentials.sum(-1, keepdim=True)
    found = (highest.squeeze(-1) + (total.squeeze(-1) / count).log()) / sharpness
    return found, exponentials / total


class LateInteraction(nn.Module):
    """A side's match logit: weighted mean of how well its tokens are found (after TokenFlow).

    How alike photo and sentence are as wholes comes on top, and how short the sentence is.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Linear(width, 1)
        self.log_scale = nn.Parameter(torch.tensor(3.0))
        # Of the cosine, of what hubness takes off it, and of brevity.
        self.whole_scales = nn.Parameter(torch.tensor([10.0, 10.0, 0.0]))
        self.shift = nn.Parameter(torch.tensor(-2.0))

    def weights(self, tokens: Tensor, mask: Tensor | None) -> Tensor:
        """How much each token [..., L, W] counts; sums to 1 over L."""
        logits: Tensor = self.weight(tokens).squeeze(-1)
        if mask is not None:
            logits = logits + (1.0 - mask) * HIDDEN
        return logits.softmax(-1)

    def logit(self, mean: Tensor, whole: Tensor | None = None) -> Tensor:
        """Match logit of a weighted mean of soft maxima, and of the wholes' evidence [..., 3]."""
        logit = mean * self.log_scale.exp() + self.shift
        return logit if whole is None else logit + (whole * self.whole_scales).sum(-1)


class AllPairs(torch.autograd.Function):
    """Weighted means of soft maxima for every pair of texts [T, L, W] and photos [I, P, W].

    A batch of 128 photos with captions has some ten million similarities. So texts go through in
    small groups of like length that stay in the processor's cache, exponentials are kept in
    bfloat16 for the way back, and the gradient is written out.
    """

    _TEXTS = 4

    @staticmethod
    def forward(
        ctx: Any,
        words: Tensor,
        word_weights: Tensor,
        mask: Tensor,
        cells: Tensor,
        cell_weights: Tensor,
        sharpness: float,
    ) -> Tensor:
        """Unit vectors, weights [T, L] and [I, P], mask [T, L] → [2, T, I], text side first."""
        photos, count, width = cells.shape
        flat = cells.reshape(photos * count, width).bfloat16()
        lengths = mask.sum(1).long()
        order = lengths.argsort()
        means = torch.empty(2, len(words), photos, device=words.device)
        groups = []
        for rows in torch.split(order, AllPairs._TEXTS):
            length = int(lengths[rows].max())
            own = words[rows, :length].bfloat16()
            present = mask[rows, :length].bfloat16()
            similarity = own.flatten(0, 1) @ flat.T
            exponentials = similarity.mul_(sharpness).exp_().view(len(rows), length, photos, count)
            text_total = exponentials.sum(3).float()
            cell_total = (present[:, None] @ exponentials.flatten(2)).float()
            cell_total = cell_total.view(len(rows), photos, count)
            in_photo = (text_total / count).log() / sharpness
            in_text = (cell_total / lengths[rows][:, None, None]).log() / sharpness
            means[0, rows] = (word_weights[rows, :length][:, None] @ in_photo)[:, 0]
            means[1, rows] = (in_text * cell_weights).sum(2)
            groups.append(
                (rows, own, present, exponentials, text_total, cell_total, in_photo, in_text)
            )
        ctx.save_for_backward(words, word_weights, cells, cell_weights)
        ctx.groups = groups
        return means

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, Tensor, Tensor, None]:
        """The gradients of vectors and weights."""
        words, word_weights, cells, cell_weights = ctx.saved_tensors
        flat = cells.flatten(0, 1).bfloat16()
        to_words, to_word_weights = torch.zeros_like(words), torch.zeros_like(word_weights)
        to_cells, to_cell_weights = torch.zeros_like(cells), torch.zeros_like(cell_weights)
        for rows, own, present, exponentials, *totals, in_photo, in_text in ctx.groups:
            text_total, cell_total = totals
            length = own.shape[1]
            text_side, image_side = gradient[0, rows], gradient[1, rows]
            to_word_weights[rows, :length] = (in_photo @ text_side[:, :, None])[:, :, 0]
            to_cell_weights += (image_side[:, :, None] * in_text).sum(0)
            weights = word_weights[rows, :length][:, :, None]
            by_word = (text_side[:, None] * weights / text_total).bfloat16()
            by_cell = (image_side[:, :, None] * cell_weights / cell_total).bfloat16()
            factor = by_word[..., None] + by_cell[:, None] * present[:, :, None, None]
            to_similarity = factor.mul_(exponentials).flatten(2).flatten(0, 1)
            to_words[rows, :length] = (to_similarity @ flat).float().view(own.shape)
            to_cells += (to_similarity.T @ own.flatten(0, 1)).float().view(cells.shape)
        return to_words, to_word_weights, None, to_cells, to_cell_weights, None
