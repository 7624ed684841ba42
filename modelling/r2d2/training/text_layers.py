"""The text encoder's last layers, tuned until they keep what photos show.

E5 was trained to tell texts apart by what they are about; what can be seen on a photo counts no
more to it than anything else. Captions alone would bend it to the few thousand words that they
hold, so where the pieces of its vocabulary lie to each other is kept by a loss of its own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from r2d2.architecture import R2D2Config
from r2d2.architecture.bert import Bert, BertLayer
from r2d2.architecture.text_encoder import TextEncoder
from r2d2.data.corpus import Corpus
from r2d2.data.text_cache import (
    TextCache,
    TokenizedTexts,
    encode_texts,
    read_words,
    tokenize,
)
from r2d2.data.vocabulary import plain_pieces
from r2d2.device import on_host
from r2d2.training.batches import Rows
from r2d2.training.config import TuneTextConfig
from r2d2.training.distributed import gather, share
from r2d2.training.dual_heads import AlignData
from r2d2.training.run_folder import stage
from r2d2.training.run_log import RunLog
from r2d2.training.tuning import Tuner

# Texts that go through the layers at once, of like length.
_CHUNK = 192
# Pieces of the vocabulary in a step.
_PIECES = 384


def pieces_of(corpus: Corpus, config: R2D2Config) -> TokenizedTexts:
    """The vocabulary, each piece as a text of its own."""
    return tokenize(corpus.tokenizer, plain_pieces(corpus.tokenizer), config.text)


def where_pieces_lie(bert: Bert, corpus: Corpus, config: R2D2Config) -> Tensor:
    """The mean state of each piece of the vocabulary [V, width], to be kept while it is tuned."""
    return torch.from_numpy(encode_texts(bert, pieces_of(corpus, config)).pooled)[
        :, : config.text.width
    ]


def as_read_by(bert: Bert, data: AlignData, captions: TextCache) -> AlignData:
    """The data with what a text encoder makes of captions, which it has read, and of phrases."""
    phrases = data.phrases
    states = encode_texts(bert, phrases.states.texts)
    return replace(
        data,
        captions=torch.from_numpy(captions.pooled),
        phrases=replace(phrases, states=states),
    )


def tune_text_layers(
    corpus: Corpus,
    data: AlignData,
    encoder: TextEncoder,
    config: R2D2Config,
    options: TuneTextConfig,
    seed: int,
    log: RunLog,
    folder: Path,
) -> dict[str, Tensor]:
    """Tunes a pretrained encoder in one round or two; returns its weights, on the host."""
    bert = encoder.bert
    kept = where_pieces_lie(bert, corpus, config)

    def tune(name: str, read: AlignData, epochs: int, seed: int) -> dict[str, Tensor]:
        once = replace(options, epochs=epochs)
        tuner = TextTuner(corpus, read, encoder, config, once, seed, kept)
        tuner.name = name
        tuner.train(log, folder / f"{name}.state")
        return on_host(bert.state_dict())

    if not options.again_epochs:
        return tune("text", data, options.epochs, seed)
    name = "text-first"
    first = stage(folder / f"{name}.pt", lambda: tune(name, data, options.epochs, seed), log)
    bert.load_state_dict(first)
    read = as_read_by(bert, data, encode_texts(bert, corpus.captions.texts))
    return tune("text", read, options.again_epochs, seed + 1)


class TextTuner(Tuner):
    """Trains the last layers of a text encoder.

    `data` is as the encoder reads it at the start, `kept` as `where_pieces_lie` by the pretrained.
    """

    name = "text"

    def __init__(
        self,
        corpus: Corpus,
        data: AlignData,
        encoder: TextEncoder,
        config: R2D2Config,
        options: TuneTextConfig,
        seed: int,
        kept: Tensor,
    ) -> None:
        bert = encoder.bert
        self.bert, self.below = bert, len(bert.layers) - options.layers
        self.layers = bert.layers[self.below :]
        for layer in self.layers:
            assert isinstance(layer, BertLayer)
            layer.dropout.p = options.dropout
        # States that all epochs start from.
        self.captions = encode_texts(bert, corpus.captions.texts, self.below)
        self.phrases = encode_texts(bert, data.phrases.states.texts, self.below)
        self.pieces = encode_texts(bert, pieces_of(corpus, config), self.below)
        self.kept, self.centre = kept, kept.mean(0)
        super().__init__(corpus, data, {"layers": self.layers}, config, options, seed)

    def features(self, cache: TextCache, rows: NDArray[np.int64]) -> Tensor:
        """What the embedding head reads of some texts of a cache, by the layers as they are."""
        lengths = np.diff(cache.texts.offsets)[rows]
        order = lengths.argsort(kind="stable")
        pooled = []
        for part in np.array_split(order, -(-len(rows) // _CHUNK)):
            states, mask = cache.batch(rows[part])
            mask = mask.to(self.device)
            words = read_words(self.bert, cache.texts.batch(rows[part])[0]).to(self.device)
            hidden = self.bert.above(states.to(self.device), mask, self.below).float()
            pooled.append(TextEncoder.pool(hidden, words, mask))
        return torch.cat(pooled)[torch.from_numpy(order.argsort())]

    def _losses(self, rows: Rows, view: int) -> dict[str, Tensor]:
        photos = self.data.photos[view][rows].to(self.device)
        batch = self._batch(rows, photos, view)
        own = share(len(rows))
        picked = [captions[own] for captions in batch.caption_rows.values()]
        read = self.features(self.captions, np.concatenate(picked))
        texts = [gather(part) for part in torch.split(read, len(picked[0]))]
        batch = replace(batch, texts=texts)
        losses = self._contrast(batch, photos, lambda phrases: self.features(self.phrases, phrases))
        if self.options.keep:
            losses["geometry"] = self.options.keep * self._moved()
        return losses

    def _moved(self) -> Tensor:
        """How far some pieces of the vocabulary have moved: one less their cosine, centred."""
        rows = self.rng.choice(len(self.kept), min(_PIECES, len(self.kept)), replace=False)
        now = self.features(self.pieces, rows)[:, : self.kept.shape[1]]
        centre, before = self.centre.to(now.device), self.kept[rows].to(now.device)
        return 1 - F.cosine_similarity(now - centre, before - centre).mean()
