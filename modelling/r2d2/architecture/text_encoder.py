"""Sentence → embedding for the pre-ranking, tokens for the ranker."""

from __future__ import annotations

from torch import Tensor, nn

from r2d2.architecture.bert import Bert
from r2d2.architecture.config import TextConfig
from r2d2.architecture.heads import EmbeddingHead, TokenHead


class TextEncoder(nn.Module):
    """BERT; the mean of its last layer becomes the embedding, every position a token."""

    def __init__(self, config: TextConfig, embedding_width: int) -> None:
        super().__init__()
        self.bert = Bert(config)
        self.token_head = TokenHead(config.width, config.token_width)
        self.embedding_head = EmbeddingHead(config.width, config.head_width, embedding_width)

    def encode_hidden(self, hidden: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states [N, L, width] → embeddings [N, D], tokens [N, L, Wt]."""
        mask = attention_mask.to(hidden.dtype)[:, :, None]
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return self.embedding_head(pooled), self.token_head(hidden)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """[N, L] ids, [N, L] mask → unit-length embeddings [N, D], tokens [N, L, Wt]."""
        return self.encode_hidden(self.bert(input_ids, attention_mask), attention_mask)
