"""Sentence → embedding for the pre-ranking, tokens for the ranker."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from r2d2.architecture.bert import Bert
from r2d2.architecture.config import ExpertConfig, R2D2Config, TextConfig
from r2d2.architecture.heads import MixedHead, TokenHead


def text_head(
    config: TextConfig, experts: tuple[ExpertConfig, ...], dropout: float = 0.1
) -> MixedHead:
    """The sentence says which expert counts how much."""
    widths, hidden = zip(*((e.width, e.text_hidden) for e in experts), strict=True)
    return MixedHead(config.pooled_widths, widths, hidden, gated=True, dropout=dropout)


class TextEncoder(nn.Module):
    """BERT; every position becomes a token, states and words pooled the embedding."""

    def __init__(self, config: R2D2Config) -> None:
        super().__init__()
        text = config.text
        self.widths = [expert.width for expert in config.experts]
        self.bert = Bert(text)
        self.embedding_head = text_head(text, config.experts)
        self.token_head = TokenHead(text.piece_widths, config.image.token_width, config.place_width)

    @staticmethod
    def pool(hidden: Tensor, words: Tensor, attention_mask: Tensor) -> Tensor:
        """Last states and word embeddings, [N, L, width] → what the embedding head reads.

        The mean of the states is the sentence embedding that E5 was trained for; their maximum and
        the words themselves keep what it drops, such as colours and numbers.
        """
        mask = attention_mask.to(hidden.dtype)[:, :, None]
        length = mask.sum(1)
        mean = (hidden * mask).sum(1) / length
        highest = (hidden - (1.0 - mask) * 10000.0).amax(1)
        return torch.cat((mean, highest, (words * mask).sum(1) / length), 1)

    def tokens(self, pieces: Tensor, embeddings: Tensor, attention_mask: Tensor) -> Tensor:
        """Each piece's place, then the embedding and how much each expert counts: [N, L, Wt]."""
        parts = torch.split(embeddings, self.widths, 1)
        shares = torch.cat([part.norm(dim=1, keepdim=True) for part in parts], 1)
        whole = torch.cat((embeddings, shares), 1)[:, None]
        mask = attention_mask[:, :, None].to(embeddings.dtype)
        return torch.cat((self.token_head(pieces), whole * mask), 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """[N, L] ids, [N, L] mask → unit-length embeddings [N, D], tokens [N, L, Wt]."""
        words = self.bert.words(input_ids)
        hidden = self.bert(words, attention_mask)
        embeddings = self.embedding_head(self.pool(hidden, words, attention_mask))
        tokens = self.tokens(torch.cat((hidden, words), 2), embeddings, attention_mask)
        return embeddings, tokens
