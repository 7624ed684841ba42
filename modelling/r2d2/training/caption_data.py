"""What the captioner learns from: image tokens of every view, captions as token ids."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from r2d2.architecture import R2D2
from r2d2.data.caption_vocabulary import (
    END,
    MACHINE_TRANSLATED,
    PAD,
    START_TOKENS,
    UNKNOWN,
    caption_text,
    choose_caption_tokenizer,
)
from r2d2.data.captions import CaptionSource, read_captions
from r2d2.data.grid_cache import GridCache, open_grids
from r2d2.data.layout import captioned_folder
from r2d2.device import device_of
from r2d2.training.config import CaptionConfig

_SIDES = {"左": "右", "右": "左", "left": "right", "right": "left"}


@dataclass(frozen=True)
class CaptionTargets:
    """The captions of one source: `ids[mirrored][photo]` are its captions, start to end.

    `odds[photo]` are the odds of each to be learned from: one that many photos share says little.
    """

    name: str
    language: str
    ids: tuple[list[list[list[int]]], list[list[list[int]]]]
    odds: list[NDArray[np.float64]]


@dataclass(frozen=True)
class CaptionData:
    """Training photos by row, and the photos that captions are measured on."""

    tokenizer: Tokenizer
    views: list[Tensor]
    targets: list[CaptionTargets]
    texts: dict[str, list[list[str]]]
    """Training captions by source and photo."""
    val_photos: NDArray[np.float32]
    val_references: dict[str, list[list[str]]]


def swap_sides(caption: str) -> str:
    """The caption of the mirrored photo: 左 for 右, left for right."""
    parts = []
    rest = caption
    while rest:
        side = next((side for side in _SIDES if rest.startswith(side)), None)
        parts.append(rest[0] if side is None else _SIDES[side])
        rest = rest[len(side or rest[0]) :]
    return "".join(parts)


@torch.inference_mode()
def image_tokens(model: R2D2, grids: GridCache) -> list[Tensor]:
    """Image tokens [N, P, Wi] of each cached view, in bfloat16."""
    encoder, where = model.image_encoder, device_of(model)

    def tokens(finer: Tensor) -> Tensor:
        return encoder.encode(*encoder.backbone.cells(finer.to(where)))[1].bfloat16().cpu()

    return [
        torch.cat([tokens(finer) for finer in grids.batches(view)])
        for view in range(len(grids.views))
    ]


def encode_captions(
    source: CaptionSource, photos: list[str], tokenizer: Tokenizer, longest: int
) -> CaptionTargets:
    """The captions of at most `longest` tokens that hold nothing unknown; a photo keeps one."""
    start = MACHINE_TRANSLATED if "machine" in source.name else START_TOKENS[source.language]

    def encode(caption: str) -> list[int]:
        text = caption_text(caption, source.language)
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return [start, *ids, END]

    counts = Counter(caption for photo in photos for caption in source.captions[photo])
    plain, mirrored, odds = [], [], []
    for photo in photos:
        captions = source.captions[photo]
        ids = [encode(caption) for caption in captions]
        kept = [i for i, own in enumerate(ids) if len(own) <= longest and UNKNOWN not in own]
        kept = kept or [min(range(len(ids)), key=lambda i: len(ids[i]))]
        plain.append([ids[i] for i in kept])
        mirrored.append([encode(swap_sides(captions[i])) for i in kept])
        rarity = np.array([counts[captions[i]] ** -0.5 for i in kept])
        odds.append(rarity / rarity.sum())
    return CaptionTargets(source.name, source.language, (plain, mirrored), odds)


def load_caption_data(
    model: R2D2,
    data: Path,
    cache: Path,
    options: CaptionConfig,
    tokenizer: Tokenizer | None = None,
) -> CaptionData:
    """Reads captions and cached grids; chooses a tokenizer unless one is given.

    The caches are those that `r2d2 train` fills.
    """
    captioned = captioned_folder(data)
    train, val = open_grids(cache / "train"), open_grids(cache / "val", 1)
    sources = read_captions(captioned, ("train", "none"))
    if tokenizer is None:
        captions = [(c, s.language) for s in sources for own in s.captions.values() for c in own]
        tokenizer = choose_caption_tokenizer(captions, options.vocabulary)
    photos = list(train.index)
    references = {
        source.name: [source.captions[photo] for photo in val.index]
        for source in read_captions(captioned, ("val",))
    }
    return CaptionData(
        tokenizer,
        image_tokens(model, train),
        [encode_captions(source, photos, tokenizer, options.longest) for source in sources],
        {source.name: [source.captions[photo] for photo in photos] for source in sources},
        image_tokens(model, val)[0].float().numpy(),
        references,
    )


def pad_ids(texts: list[list[int]], longest: int) -> Tensor:
    """Texts of ids → [N, L], cut to `longest` and padded."""
    length = min(longest, max(len(ids) for ids in texts))
    padded = torch.full((len(texts), length), PAD)
    for row, ids in enumerate(texts):
        padded[row, : len(ids)] = torch.tensor(ids[:length])
    return padded
