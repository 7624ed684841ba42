"""One face for the two things that can be measured: a checkpoint and an exported package."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor

from r2d2.architecture import R2D2
from r2d2.architecture.model import load_checkpoint
from r2d2.data.photos import squash, to_pixels
from r2d2.data.text_cache import tokenize

_BATCH = 64


class Encoder(Protocol):
    """Encodes photos and texts, and ranks them; tokens of a text have its own length."""

    def photos(self, photos: list[Image.Image]) -> tuple[Tensor, Tensor]:
        """Embeddings [N, D] and tokens [N, P, Wi]."""

    def texts(self, texts: list[str]) -> tuple[Tensor, list[Tensor]]:
        """Embeddings [N, D] and tokens [L, Wt] of each text."""

    def match(self, image_tokens: Tensor, text_tokens: Tensor) -> Tensor:
        """Match probability of each photo [N, P, Wi] with one text [L, Wt], [N]."""

    @property
    def rerank_weights(self) -> tuple[float, float]:
        """Match weight and cosine weight of the final score."""


class CheckpointEncoder:
    """A trained model in PyTorch, float32."""

    def __init__(self, model: R2D2, tokenizer: Tokenizer) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer

    @classmethod
    def load(cls, path: Path) -> CheckpointEncoder:
        """Opens a checkpoint; its tokenizer lies beside it."""
        model, _ = load_checkpoint(path)
        return cls(model, Tokenizer.from_file(str(path.parent / "tokenizer.json")))

    @torch.inference_mode()
    def photos(self, photos: list[Image.Image]) -> tuple[Tensor, Tensor]:
        """Embeddings [N, D] and tokens [N, P, Wi]."""
        config = self.model.config.image
        embeddings, tokens = [], []
        for start in range(0, len(photos), _BATCH):
            batch = [squash(photo, config.size) for photo in photos[start : start + _BATCH]]
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

    @torch.inference_mode()
    def match(self, image_tokens: Tensor, text_tokens: Tensor) -> Tensor:
        """Match probability of each photo with one text, [N]."""
        text = text_tokens[None].expand(len(image_tokens), -1, -1)
        mask = torch.ones(text.shape[:2], dtype=torch.int32)
        probability: Tensor = self.model.ranker(image_tokens, text, mask)[0]
        return probability

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

    def photos(self, photos: list[Image.Image]) -> tuple[Tensor, Tensor]:
        """Embeddings [N, D] and tokens [N, P, Wi]."""
        size = self.package.image_size
        pixels: NDArray[np.uint8] = np.stack(
            [np.asarray(squash(photo, size), dtype=np.uint8) for photo in photos]
        )
        encoded = self.package.encode_images(pixels)
        return torch.from_numpy(encoded.embeddings), torch.from_numpy(encoded.tokens)

    def texts(self, texts: list[str]) -> tuple[Tensor, list[Tensor]]:
        """Embeddings [N, D] and tokens [L, Wt] of each text."""
        encoded = self.package.encode_texts(texts)
        tokens = [torch.from_numpy(token) for token in encoded.tokens]
        return torch.from_numpy(encoded.embeddings), tokens

    def match(self, image_tokens: Tensor, text_tokens: Tensor) -> Tensor:
        """Match probability of each photo with one text, [N]."""
        ranking = self.package.rank(image_tokens.numpy(), text_tokens.numpy(), batch_size=32)
        return torch.from_numpy(ranking.match_probabilities)

    @property
    def rerank_weights(self) -> tuple[float, float]:
        """Match weight and cosine weight of the final score."""
        rerank = self.package.manifest["rerank"]
        return rerank["matchWeight"], rerank["cosineWeight"]
