"""A corpus of made-up features, small enough for tests to train on."""

import math
from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from r2d2.architecture import R2D2
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.data.corpus import CaptionedPhotos, CaptionTable, Corpus, NameTexts
from r2d2.data.feature_cache import FeatureCache
from r2d2.data.grid_cache import GridCache
from r2d2.data.labels import LabelClass, LabelledPhotos
from r2d2.data.masked_texts import hide_pieces
from r2d2.data.pretrained import Classifier
from r2d2.data.text_cache import TextCache, encode_texts, tokenize
from r2d2.export.tiny import tiny_config, tiny_model, tiny_tokenizer
from r2d2.training.config import (
    AlignConfig,
    DistilConfig,
    RankConfig,
    TuneConfig,
    TuneTextConfig,
)
from r2d2.training.dual_heads import AlignData
from r2d2.training.features import pooled_features
from r2d2.training.phrase_teacher import TaughtPhrases
from r2d2.training.run_log import RunLog
from r2d2.training.view_student import TaughtPhotos
from r2d2.training.view_teacher import unit_parts

TOKENIZER = tiny_tokenizer()
CONFIG = tiny_config(TOKENIZER.get_vocab_size())
PHOTOS = 96


class StoppedError(Exception):
    """What ends a run in the middle."""


class StoppingLog(RunLog):
    """Stops a run in its third epoch."""

    def scalars(self, step: int, values: dict[str, float]) -> None:
        if step == 2:
            raise StoppedError


def photo(seed: int, size: int = 32) -> Image.Image:
    """A square of noise."""
    values = np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)
    return Image.fromarray(values)


def seen(backbone: EfficientNetLite, grids: GridCache) -> FeatureCache:
    """What a backbone makes of the grids, as `write_features` would write it."""
    views, textures = [], []
    for grid in grids.views:
        with torch.inference_mode():
            cells, texture = backbone.cells(torch.from_numpy(grid).float().permute(0, 3, 1, 2))
        views.append(cells.numpy().astype(np.float16))
        textures.append(texture.numpy())
    return FeatureCache(grids.index, views, textures)


def tiny_corpus(noise: float = 0.3) -> tuple[Corpus, AlignData, R2D2]:
    """Photos of eight kinds; the caption of a photo names its kind."""
    rng = np.random.default_rng(0)
    model = tiny_model(CONFIG)
    kinds = ["狗", "猫", "海", "山", "树", "车", "船", "花"]
    kind = np.arange(PHOTOS) % len(kinds)
    side, width = 2 * math.isqrt(CONFIG.image.token_count), CONFIG.image.grain_width
    centres = rng.normal(size=(len(kinds), 1, 1, width)) * 3
    grid = centres[kind] + noise * rng.normal(size=(PHOTOS, side, side, width))
    names = [f"{i}.jpg" for i in range(PHOTOS)]
    grids = GridCache({name: i for i, name in enumerate(names)}, [grid.astype(np.float16)] * 2)
    features = seen(model.image_encoder.backbone, grids)
    texts = [f"{colour}{kinds[k]}" for k in kind for colour in ("一只", "红色")]
    captions = encode_texts(model.text_encoder.bert, tokenize(TOKENIZER, texts, CONFIG.text))
    rows = np.arange(2 * PHOTOS).reshape(PHOTOS, 2)
    table = CaptionTable("zh-tiny", "zh", rows, np.zeros_like(rows, dtype=bool))
    photos = CaptionedPhotos(names, grids, features, [table])
    every = np.arange(PHOTOS)
    labelled = LabelledPhotos(
        names,
        [LabelClass("kinds", k, {"zh": k, "en": k}) for k in kinds],
        kind,
        every % 5 == 4,
        np.zeros(PHOTOS, dtype=bool),
    )
    bert, tokens = model.text_encoder.bert, tokenize(TOKENIZER, kinds, CONFIG.text)
    states = encode_texts(bert, tokens)
    generator = torch.Generator().manual_seed(0)
    classifier = Classifier(
        torch.randn(len(kinds), CONFIG.image.feature_width, generator=generator),
        torch.zeros(len(kinds)),
    )
    corpus = Corpus(
        TOKENIZER,
        captions,
        photos,
        photos,
        labelled,
        grids,
        features,
        NameTexts.encode(bert, {"zh": [tokens] * 2, "en": [tokens] * 2}),
        NameTexts.encode(bert, {"zh": [tokens] * 2}),
        classifier,
    )
    pooled = pooled_features(features, model.image_encoder)
    fit = torch.from_numpy((kind[:, None] == np.arange(len(kinds))[None]).astype(np.float32))
    phrases = TaughtPhrases(states, fit, fit.half())
    data = AlignData(pooled, pooled, torch.from_numpy(captions.pooled), phrases)
    return corpus, data, model


def masked_captions(corpus: Corpus, model: R2D2) -> TextCache:
    """The captions with one piece of each hidden."""
    texts = hide_pieces(corpus.captions.texts, TOKENIZER, CONFIG.text, 0.0, seed=0)
    return encode_texts(model.text_encoder.bert, texts)


def taught_photos(corpus: Corpus, model: R2D2) -> list[TaughtPhotos]:
    """All photos, each taught what is said of the first one of its kind."""
    rows, encoder = np.arange(PHOTOS), model.image_encoder
    with torch.inference_mode():
        pooled = pooled_features(corpus.train.features, encoder)[0]
        said = encoder.embedding_head(pooled)[corpus.labelled.label].clone()
    targets = unit_parts(said, encoder.hubness.widths)
    return [TaughtPhotos(corpus.train.grids, corpus.train.features, rows, targets)]


ALIGN = AlignConfig(
    epochs=60, batch=48, learning_rate=5e-3, dropout=0.0, soft_targets=0.3, fragments=0.5
)
TUNE = TuneConfig(
    epochs=40,
    frozen_epochs=10,
    learning_rate=1e-2,
    keep=0.1,
    width=16,
    hidden=16,
    align=replace(ALIGN, soft_targets=0.0),
)
TUNE_TEXT = TuneTextConfig(
    epochs=40,
    frozen_epochs=10,
    learning_rate=1e-2,
    keep=0.1,
    width=16,
    hidden=16,
    dropout=0.0,
    layers=1,
    align=replace(ALIGN, soft_targets=0.0),
)
RANK = RankConfig(epochs=8, batch=24, cells=12, learning_rate=1e-2, dropout=0.1)
DISTIL = DistilConfig(epochs=4, batch=24, learning_rate=1e-2, share=1.0)
