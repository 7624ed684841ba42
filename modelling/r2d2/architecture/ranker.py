"""Two cross encoders over image and text tokens (R2D2, fine-grained ranking).

Each side is one round of cross attention: its tokens look at the other side's tokens in a space
that both share, and the weighted mean of how well they are found there, together with the cosine
of photo and sentence as wholes, less the photo's hubness, is the match logit. A short sentence has
lower cosines with what it fits, so its brevity counts, too. Both sides are learned by contrast over
all pairs of a batch, which cross encoders with layers of their own are too slow for; those need
many more photos to learn the order of near misses than late interaction does.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture.config import R2D2Config
from r2d2.architecture.late_interaction import AllPairs, LateInteraction, soft_maximum


class Tokens(NamedTuple):
    """What the tokens of one side hold.

    Places [..., L, place], the embedding [..., D], and of a photo its hubness, of a sentence how
    much each expert counts, [..., experts].
    """

    places: Tensor
    embedding: Tensor
    experts: Tensor


class Ranker(nn.Module):
    """Match probability of a text and a photo, the mean of both cross encoders."""

    def __init__(self, config: R2D2Config) -> None:
        super().__init__()
        self.place, self.width = config.place_width, config.embedding_width
        self.whole = config.whole_width
        self.sharpness = config.ranker.sharpness
        self.text_side = LateInteraction(self.place)
        self.image_side = LateInteraction(self.place)

    def split_image(self, tokens: Tensor) -> Tokens:
        """Image tokens [N, P, Wi]: embedding and hubness lie in slices."""
        whole = tokens[:, :, self.place :].flatten(1)[:, : self.whole] * self.width**-0.5
        return Tokens(tokens[:, :, : self.place], whole[:, : self.width], whole[:, self.width :])

    def split_text(self, tokens: Tensor) -> Tokens:
        """Text tokens [N, L, Wt]: every one holds the whole embedding."""
        whole = tokens[:, 0, self.place :]
        return Tokens(tokens[:, :, : self.place], whole[:, : self.width], whole[:, self.width :])

    def late_logits(self, image: Tensor, text: Tensor, attention_mask: Tensor) -> Tensor:
        """Late interaction of every text with every photo: [2, texts, photos], text side first.

        `image` and `text` are places; nothing else is used.
        """
        mask = attention_mask.float()
        # Also in the middle of a step in bfloat16: the weighted means want float32.
        with torch.autocast(image.device.type, enabled=False):
            means: Tensor = AllPairs.apply(
                F.normalize(text.float(), dim=-1),
                self.text_side.weights(text.float(), mask),
                mask,
                F.normalize(image.float(), dim=-1),
                self.image_side.weights(image.float(), None),
                self.sharpness,
            )
        return torch.stack((self.text_side.logit(means[0]), self.image_side.logit(means[1])))

    def evidence(
        self, image: Tokens, text: Tokens, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What match logits are made of: [..., 5] and attention [..., L, P].

        How well words are found in the photo, cells in the text, the cosine of both as wholes, what
        the photo's hubness takes off it, and the text's brevity, one over its number of tokens.
        Leading axes broadcast.
        """
        mask = attention_mask.to(text.places.dtype)
        words, cells = F.normalize(text.places, dim=-1), F.normalize(image.places, dim=-1)
        similarity = (words @ cells.transpose(-1, -2)).to(mask.dtype)
        in_photo, attention = soft_maximum(similarity, self.sharpness)
        in_text, _ = soft_maximum(similarity.transpose(-1, -2), self.sharpness, mask[..., None, :])
        text_mean = (self.text_side.weights(text.places, mask) * in_photo).sum(-1)
        image_mean = (self.image_side.weights(image.places, None) * in_text).sum(-1)
        cosine = (image.embedding * text.embedding).sum(-1)
        hubness = -(image.experts * text.experts).sum(-1)
        brevity = (1.0 / mask.sum(-1)).expand_as(cosine)
        return torch.stack((text_mean, image_mean, cosine, hubness, brevity), -1), attention

    def logits(self, evidence: Tensor) -> Tensor:
        """Evidence [..., 5] → match logits [..., 2], text side first."""
        return torch.stack(
            (
                self.text_side.logit(evidence[..., 0], evidence[..., 2:]),
                self.image_side.logit(evidence[..., 1], evidence[..., 2:]),
            ),
            -1,
        )

    def forward(
        self, image_tokens: Tensor, text_tokens: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens [N, P, Wi] and [N, L, Wt] → probability [N], attention [N, L, P], heads [N, 2].

        Rows of the attention sum to 1; the heads' probabilities have the text side first.
        """
        evidence, attention = self.evidence(
            self.split_image(image_tokens), self.split_text(text_tokens), attention_mask
        )
        head_probabilities = self.logits(evidence).sigmoid()
        return head_probabilities.mean(-1), attention, head_probabilities
