"""Queues of a momentum model's embeddings: more negatives than a batch holds.

R2D2, global contrastive pre-ranking, after MoCo. The momentum model changes slowly, so what it
embedded some steps ago still compares with what it embeds now. Right answers are embedded by it
too: were they the student's, it could tell them from the queue by that alone, and it does.
"""

from __future__ import annotations

import torch
from torch import Tensor


class EmbeddingQueue:
    """The latest embeddings of one side, at most `size`, and the photo that each belongs to."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.embeddings = torch.empty(0, 0)
        self.photos = torch.empty(0, dtype=torch.int64)

    def push(self, embeddings: Tensor, photos: Tensor) -> None:
        """Puts embeddings [N, D] of photos [N] in; the oldest leave."""
        kept = self._beside(embeddings) if len(self.embeddings) else embeddings[:0]
        self.embeddings = torch.cat((kept, embeddings))[-self.size :]
        self.photos = torch.cat((self.photos, photos))[-self.size :]

    def logits(self, embeddings: Tensor, keys: Tensor, photos: Tensor, scale: Tensor) -> Tensor:
        """Scaled cosines [N, N + entries] of embeddings [N, D] with keys [N, D], then the entries.

        Entries of a row's own photo are no negatives: they get a logit that counts nothing.
        """
        logits = scale * embeddings @ keys.T
        if not len(self.embeddings):
            return logits
        own = (photos[:, None] == self.photos[None]).to(logits.device)
        queued = (scale * embeddings @ self._beside(embeddings).T).masked_fill(own, -1e4)
        return torch.cat((logits, queued), 1)

    def _beside(self, embeddings: Tensor) -> Tensor:
        """The entries where `embeddings` are; those of a stopped run were read into memory."""
        return self.embeddings.to(embeddings.device)

    def state_dict(self) -> dict[str, Tensor]:
        """The entries."""
        return {"embeddings": self.embeddings, "photos": self.photos}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Inverse of `state_dict`."""
        self.embeddings, self.photos = state["embeddings"], state["photos"]
