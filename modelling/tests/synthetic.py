"""A corpus of made-up features, small enough for tests to train on."""

import numpy as np
import torch

from r2d2.architecture import R2D2
from r2d2.data.corpus import CaptionedPhotos, CaptionTable, Corpus, NameTexts
from r2d2.data.feature_cache import FeatureCache
from r2d2.data.labels import LabelClass, LabelledPhotos
from r2d2.data.masked_texts import hide_pieces
from r2d2.data.pretrained import Classifier
from r2d2.data.text_cache import TextCache, encode_texts, tokenize
from r2d2.export.tiny import tiny_config, tiny_model, tiny_tokenizer
from r2d2.training.config import AlignConfig, RankConfig
from r2d2.training.dual_heads import AlignData
from r2d2.training.features import pooled_features
from r2d2.training.phrase_teacher import TaughtPhrases

TOKENIZER = tiny_tokenizer()
CONFIG = tiny_config(TOKENIZER.get_vocab_size())
PHOTOS = 96


def tiny_corpus() -> tuple[Corpus, AlignData, R2D2]:
    """Photos of eight kinds; the caption of a photo names its kind."""
    rng = np.random.default_rng(0)
    model = tiny_model(CONFIG)
    kinds = ["狗", "猫", "海", "山", "树", "车", "船", "花"]
    kind = np.arange(PHOTOS) % len(kinds)
    width = CONFIG.image.stages[-1].channels + CONFIG.image.grain_width
    centres = rng.normal(size=(len(kinds), 1, width)) * 3
    neck = centres[kind] + 0.3 * rng.normal(size=(PHOTOS, CONFIG.image.token_count, width))
    names = [f"{i}.jpg" for i in range(PHOTOS)]
    texture = np.zeros((PHOTOS, CONFIG.image.pooled_widths[2]), dtype=np.float32)
    index = {name: i for i, name in enumerate(names)}
    features = FeatureCache(index, [neck.astype(np.float16)] * 2, [texture] * 2)
    texts = [f"{colour}{kinds[k]}" for k in kind for colour in ("一只", "红色")]
    captions = encode_texts(model.text_encoder.bert, tokenize(TOKENIZER, texts, CONFIG.text))
    rows = np.arange(2 * PHOTOS).reshape(PHOTOS, 2)
    table = CaptionTable("zh-tiny", "zh", rows, np.zeros_like(rows, dtype=bool))
    photos = CaptionedPhotos(names, features, [table])
    every = np.arange(PHOTOS)
    labelled = LabelledPhotos(
        names,
        [LabelClass("kinds", k, {"zh": k, "en": k}) for k in kinds],
        kind,
        every % 5 == 4,
        np.zeros(PHOTOS, dtype=bool),
    )
    states = encode_texts(model.text_encoder.bert, tokenize(TOKENIZER, kinds, CONFIG.text))
    named = torch.from_numpy(np.stack([states.pooled, states.pooled]))
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
        features,
        NameTexts({"zh": named, "en": named}),
        NameTexts({"zh": named}),
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


ALIGN = AlignConfig(
    epochs=60, batch=48, learning_rate=5e-3, dropout=0.0, soft_targets=0.3, fragments=0.5
)
RANK = RankConfig(epochs=8, batch=24, cells=12, learning_rate=1e-2, dropout=0.1)
