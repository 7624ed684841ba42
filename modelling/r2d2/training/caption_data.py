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
from r2d2.data.captions import (
    CaptionSource,
    by_people,
    captions_of,
    read_captions,
    references,
    swap_sides,
)
from r2d2.data.grid_cache import GridCache, open_grids
from r2d2.data.layout import captioned_folder, photo_sources
from r2d2.data.photos import VIEWS, photo_names
from r2d2.device import device_of
from r2d2.errors import R2D2Error
from r2d2.training.config import CaptionConfig


@dataclass(frozen=True)
class CaptionTargets:
    """The captions of one kind: `ids[mirrored][photo]` are those of a photo, start to end.

    `odds[photo]` are the odds of each to be learned from: one that many photos share says little.
    `name` is that of the source, or of all that are of this kind.
    """

    name: str
    ids: tuple[list[list[list[int]]], list[list[list[int]]]]
    odds: list[NDArray[np.float64]]


@dataclass(frozen=True)
class CaptionData:
    """Training photos by row, and the photos that captions are measured on."""

    tokenizer: Tokenizer
    views: list[Tensor]
    targets: dict[int, CaptionTargets]
    """By the token that captions of a kind start with."""
    val_photos: NDArray[np.float32]
    val_references: dict[str, list[list[str]]]
    """What people wrote, by language and photo."""


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


def start_token(source: CaptionSource) -> int:
    """What the captions of a source start with, which says of what kind they are."""
    return START_TOKENS[source.language] if by_people(source) else MACHINE_TRANSLATED


def encode_captions(
    sources: list[CaptionSource], photos: list[str], tokenizer: Tokenizer, longest: int
) -> CaptionTargets:
    """The captions of at most `longest` tokens that hold nothing unknown; a photo keeps one.

    The sources are of one kind; a photo's captions are those of all of them.
    """
    start = start_token(sources[0])

    def encode(caption: str, language: str) -> list[int]:
        text = caption_text(caption, language)
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return [start, *ids, END]

    captions: list[list[tuple[str, str]]] = [[] for _ in photos]
    for source in sources:
        for own, more in zip(captions, captions_of(source, photos), strict=True):
            own += [(caption, source.language) for caption in more]
    counts = Counter(caption for own in captions for caption, _ in own)
    plain, mirrored, odds = [], [], []
    for own in captions:
        ids = [encode(*caption) for caption in own]
        kept = [i for i, one in enumerate(ids) if len(one) <= longest and UNKNOWN not in one]
        kept = kept or [min(range(len(ids)), key=lambda i: len(ids[i]))]
        plain.append([ids[i] for i in kept])
        mirrored.append([encode(swap_sides(own[i][0]), own[i][1]) for i in kept])
        rarity = np.array([counts[own[i][0]] ** -0.5 for i in kept])
        odds.append(rarity / rarity.sum())
    return CaptionTargets("+".join(s.name for s in sources), (plain, mirrored), odds)


def by_kind(sources: list[CaptionSource]) -> dict[int, list[CaptionSource]]:
    """The sources by the start token of their captions.

    Raises `R2D2Error` without Chinese captions that people wrote: a captioner that had read none
    would still offer to write some.
    """
    kinds: dict[int, list[CaptionSource]] = {}
    for source in sources:
        kinds.setdefault(start_token(source), []).append(source)
    if START_TOKENS["zh"] not in kinds:
        found = ", ".join(source.name for source in sources) or "none"
        raise R2D2Error(
            "the captioner needs captions that people wrote in Chinese, in a "
            f"captions.zh-<source>.tsv; the sources in Chinese or English are: {found}"
        )
    return kinds


def load_caption_data(
    model: R2D2,
    data: Path,
    cache: Path,
    options: CaptionConfig,
    tokenizer: Tokenizer | None = None,
) -> CaptionData:
    """Reads captions and cached grids; chooses a tokenizer unless one is given.

    The caches are those that `r2d2 train` fills. Sources in other languages than the captioner
    writes are left out. Raises `R2D2Error` where the caches are missing or hold other photos.
    """
    captioned = captioned_folder(data)
    train = _cached_grids(cache, captioned, "train", len(VIEWS))
    val = _cached_grids(cache, captioned, "val", 1)
    sources = [
        source
        for source in read_captions(captioned, ("train", "none"))
        if source.language in START_TOKENS
    ]
    kinds = by_kind(sources)
    if tokenizer is None:
        captions = [(c, s.language) for s in sources for own in s.captions.values() for c in own]
        tokenizer = choose_caption_tokenizer(captions, options.vocabulary)
    targets = {
        start: encode_captions(own, list(train.index), tokenizer, options.longest)
        for start, own in kinds.items()
    }
    return CaptionData(
        tokenizer,
        image_tokens(model, train),
        targets,
        image_tokens(model, val)[0].float().numpy(),
        references(read_captions(captioned, ("val",)), list(val.index)),
    )


def _cached_grids(cache: Path, captioned: Path, split: str, views: int) -> GridCache:
    folder = cache / split
    grids = open_grids(folder, views)
    if not grids.views:
        raise R2D2Error(f"{folder} holds no photos: name the --cache that `r2d2 train` filled")
    if list(grids.index) != photo_names(photo_sources(captioned, split)):
        raise R2D2Error(
            f"{folder} holds other photos than {captioned}: name the --cache that `r2d2 train` "
            "filled with these"
        )
    return grids


def pad_ids(texts: list[list[int]], longest: int) -> Tensor:
    """Texts of ids → [N, L], cut to `longest` and padded."""
    length = min(longest, max(len(ids) for ids in texts))
    padded = torch.full((len(texts), length), PAD)
    for row, ids in enumerate(texts):
        padded[row, : len(ids)] = torch.tensor(ids[:length])
    return padded
