"""Binary matching with hard negatives by similarity (R2D2, fine-grained ranking)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

# A match counts as much as both of its negatives.
_MATCH_WEIGHT = 2.0


def draw_hard_negatives(similarities: Tensor, generator: torch.Generator) -> Tensor:
    """A wrong column for each row of scaled similarities [N, N], drawn by their softmax, [N].

    Row i belongs to column i, which is never drawn.
    """
    own = torch.eye(len(similarities), dtype=torch.bool, device=similarities.device)
    odds = similarities.masked_fill(own, -torch.inf).softmax(1)
    drawn = torch.multinomial(odds.to(generator.device), 1, generator=generator)
    return drawn.squeeze(1).to(similarities.device)


def matching_loss(logits: Tensor, similarities: Tensor, generator: torch.Generator) -> Tensor:
    """Binary cross entropy of match logits [N, N]: each pair against two that nearly match.

    One has the pair's text and another photo, one its photo and another text; what is alike by the
    dual encoder's `similarities` [N, N] is drawn more often.
    """
    rows = torch.arange(len(logits), device=logits.device)
    wrong = torch.cat(
        (
            logits[rows, draw_hard_negatives(similarities, generator)],
            logits[draw_hard_negatives(similarities.T, generator), rows],
        )
    )
    match = -_MATCH_WEIGHT * F.logsigmoid(logits.diagonal()).sum()
    no_match = -F.logsigmoid(-wrong).sum()
    return (match + no_match) / ((_MATCH_WEIGHT + 2) * len(logits))
