"""Captions with some of their pieces hidden, for the masked pass of the ranker's training."""

from __future__ import annotations

import numpy as np
from tokenizers import Tokenizer

from r2d2.architecture.config import TextConfig
from r2d2.data.text_cache import TokenizedTexts

# The pruned vocabulary has no piece for masks; the one for what is unknown stands for them.
HIDDEN_PIECE = "<unk>"


def hide_pieces(
    texts: TokenizedTexts, tokenizer: Tokenizer, config: TextConfig, share: float, seed: int
) -> TokenizedTexts:
    """The same texts with a share of the pieces hidden, at least one of each text.

    The prefix and the special pieces at both ends stay.
    """
    rng = np.random.default_rng(seed)
    hidden_id = tokenizer.token_to_id(HIDDEN_PIECE)
    if hidden_id is None:
        raise ValueError(f"the tokenizer has no piece {HIDDEN_PIECE}")
    # All but the end piece.
    first = len(tokenizer.encode(config.prefix.strip()).ids) - 1
    ids = texts.ids.copy()
    for start, end in zip(texts.offsets[:-1] + first, texts.offsets[1:] - 1, strict=True):
        if start < end:
            picks = rng.random(end - start) < share
            picks[rng.integers(end - start)] = True
            ids[start:end][picks] = hidden_id
    return TokenizedTexts(ids, texts.offsets)
