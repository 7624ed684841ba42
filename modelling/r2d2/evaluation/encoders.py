"""One face for the two things that can be measured: a checkpoint and an exported package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from r2d2.architecture import R2D2
from r2d2.architecture.captioner import load_captioner
from r2d2.architecture.model import load_checkpoint
from r2d2.architecture.ranker import Tokens
from r2d2.data.labels import LABEL_TEMPLATES, LANGUAGES
from r2d2.data.photos import square, to_pixels
from r2d2.data.text_cache import tokenize
from r2d2.evaluation.captions import CaptionWriter
from r2d2.evaluation.stored_photos import squashed
from r2d2.tokenizer import read_tokenizer

_BATCH = 64
_TEXTS_TO_MATCH = 16


class Encoder(Protocol):
    """Encodes photos and texts, and ranks them; tokens of a text have its own length."""

    def photos(self, photos: Iterable[Image.Image]) -> tuple[Tensor, Tensor]:
        """Embeddings [N, D] and tokens [N, P, Wi]."""

    def texts(self, texts: list[str]) -> tuple[Tensor, list[Tensor]]:
        """Embeddings [N, D] and tokens [L, Wt] of each text."""

    def match(self, image_tokens: Tensor, rows: Tensor, text_tokens: list[Tensor]) -> Tensor:
        """Match probability of each text with photos of its own.

        Tokens of all photos [N, P, Wi], for each text rows [Q, C] of them, tokens of the Q texts
        [L, Wt] → [Q, C].
        """

    @property
    def has_ranker(self) -> bool:
        """Whether there is one; a dual encoder has none, and `match` is then not to be called."""

    @property
    def rerank_weights(self) -> tuple[float, float]:
        """Match weight and cosine weight of the final score."""

    @property
    def label_templates(self) -> Mapping[str, Sequence[str]]:
        """The sentences that labels are put into, by language."""

    @property
    def captions(self) -> CaptionWriter | None:
        """What writes captions about image tokens, where there is a captioner."""


class CheckpointEncoder:
    """A trained model in PyTorch, float32."""

    label_templates = LABEL_TEMPLATES
    has_ranker = True

    def __init__(
        self, model: R2D2, tokenizer: Tokenizer, captions: CaptionWriter | None = None
    ) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.captions = captions

    @classmethod
    def load(cls, path: Path, captioner: Path | None = None) -> CheckpointEncoder:
        """Opens a checkpoint and a captioner's; their tokenizers lie beside them.

        Raises `R2D2Error` where the captioner learned from another checkpoint's image tokens.
        """
        model, _ = load_checkpoint(path)
        captions = None
        if captioner is not None:
            captions = CaptionWriter.of_checkpoint(load_captioner(captioner, path))
        return cls(model, read_tokenizer(path.parent / "tokenizer.json"), captions)

    @torch.inference_mode()
    def photos(self, photos: Iterable[Image.Image]) -> tuple[Tensor, Tensor]:
        """Embeddings [N, D] and tokens [N, P, Wi]."""
        config = self.model.config.image
        embeddings, tokens = [], []
        for batch in squashed(photos, config.size, _BATCH):
            pixels = to_pixels(batch, config).contiguous(memory_format=torch.channels_last)
            embedding, token = self.model.image_encoder(pixels)
            embeddings.append(embedding)
            tokens.append(token)
        return torch.cat(embeddings), torch.cat(tokens)

    @torch.inference_mode()
    def texts(self, texts: list[str]) -> tuple[Tensor, list[Tensor]]:
        """Embeddings [N, D] and tokens [L, Wt] of each text."""
        tokenized = tokenize(self.tokenizer, texts, self.model.config.text)
        lengths = np.diff(tokenized.offsets)
        order = np.argsort(lengths, kind="stable")
        embeddings = torch.empty(len(texts), self.model.config.embedding_width)
        tokens: list[Tensor] = [torch.empty(0)] * len(texts)
        for start in range(0, len(texts), _BATCH * 4):
            rows = order[start : start + _BATCH * 4]
            ids, mask = tokenized.batch(rows)
            embedding, states = self.model.text_encoder(ids, mask)
            embeddings[rows] = embedding
            for i, row in enumerate(rows):
                tokens[row] = states[i, : lengths[row]].clone()
        return embeddings, tokens

    def match(self, image_tokens: Tensor, rows: Tensor, text_tokens: list[Tensor]) -> Tensor:
        """Match probability of each text with photos of its own, [Q, C]."""
        evidence = self.evidence(image_tokens, rows, text_tokens)
        with torch.inference_mode():
            probability: Tensor = self.model.ranker.logits(evidence).sigmoid().mean(-1)
        return probability

    @torch.inference_mode()
    def evidence(self, image_tokens: Tensor, rows: Tensor, text_tokens: list[Tensor]) -> Tensor:
        """What the ranker's logits are made of, for each text and photos of its own, [Q, C, 5].

        Similarities are computed in bfloat16: ten times as fast, and closer than 8-bit tokens are.
        """
        ranker = self.model.ranker
        places, wholes, hubness = ranker.split_image(image_tokens)
        places = places.bfloat16()
        lengths = torch.tensor([len(tokens) for tokens in text_tokens])
        order = lengths.argsort()
        evidence = []
        for batch in torch.split(order, _TEXTS_TO_MATCH):
            own = ranker.split_text(
                pad_sequence([text_tokens[i] for i in batch], batch_first=True).float()
            )
            mask = torch.arange(own.places.shape[1])[None] < lengths[batch][:, None]
            own_rows = rows[batch]
            photos = Tokens(places[own_rows], wholes[own_rows], hubness[own_rows])
            texts = Tokens(own.places[:, None], own.embedding[:, None], own.experts[:, None])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                evidence.append(ranker.evidence(photos, texts, mask[:, None])[0].float())
        return torch.cat(evidence)[order.argsort()]

    @property
    def rerank_weights(self) -> tuple[float, float]:
        """Match weight and cosine weight of the final score."""
        match, cosine = self.model.rerank_weights.tolist()
        return match, cosine


class PackageEncoder:
    """An exported package in ONNX Runtime."""

    def __init__(self, folder: Path, variant: str) -> None:
        from r2d2.export.package import Package

        self.package = Package(folder, variant, threads=2)
        self.captions = CaptionWriter.of_package(self.package)
        self.has_ranker = self.package.has_ranker
        labels = self.package.manifest.get("labels")
        bare = dict.fromkeys(LANGUAGES, ("{}",))
        self.label_templates: Mapping[str, Sequence[str]] = labels["templates"] if labels else bare

    def photos(self, photos: Iterable[Image.Image]) -> tuple[Tensor, Tensor]:
        """Embeddings [N, D] and tokens [N, P, Wi]."""
        size = self.package.image_size
        pixels = np.stack([square(photo, size) for photo in photos])
        # One by one, as the app on the processor: activations quantize differently in batches.
        encoded = self.package.encode_images(pixels, batch_size=1)
        return torch.from_numpy(encoded.embeddings), torch.from_numpy(encoded.tokens)

    def texts(self, texts: list[str]) -> tuple[Tensor, list[Tensor]]:
        """Embeddings [N, D] and tokens [L, Wt] of each text."""
        encoded = self.package.encode_texts(texts, _BATCH)
        tokens = [torch.from_numpy(token) for token in encoded.tokens]
        return torch.from_numpy(encoded.embeddings), tokens

    def match(self, image_tokens: Tensor, rows: Tensor, text_tokens: list[Tensor]) -> Tensor:
        """Match probability of each text with photos of its own, [Q, C]."""
        match = [
            self.package.rank(image_tokens[own].numpy(), tokens.numpy(), batch_size=32)
            for own, tokens in zip(rows, text_tokens, strict=True)
        ]
        return torch.from_numpy(np.stack([ranking.match_probabilities for ranking in match]))

    @property
    def rerank_weights(self) -> tuple[float, float]:
        """Match weight and cosine weight of the final score."""
        rerank = self.package.manifest["rerank"]
        return rerank["matchWeight"], rerank["cosineWeight"]
