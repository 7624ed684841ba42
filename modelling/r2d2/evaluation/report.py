"""All measurements of one model on the validation split, as figures and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from r2d2.data.captions import CaptionSource, read_captions
from r2d2.data.labels import LabelledPhotos, imagenet_names, read_labelled
from r2d2.data.photos import read_photos
from r2d2.evaluation.captions import CaptionRule, measure_captions
from r2d2.evaluation.encoders import Encoder
from r2d2.evaluation.reranking import Reranked, area_under_curve, matching_pairs, rerank
from r2d2.evaluation.retrieval import photo_to_text, text_to_photo
from r2d2.evaluation.short_queries import precision_at_10, read_short_queries
from r2d2.evaluation.zero_shot import label_accuracy, label_embeddings, name_agreement


@dataclass(frozen=True)
class ValidationData:
    """Validation photos with all captions, and the labelled photos."""

    names: list[str]
    photos: list[Image.Image]
    sources: list[CaptionSource]
    labelled: LabelledPhotos
    labelled_photos: list[Image.Image]
    imagenet_names: dict[str, list[str]]


def read_validation(data: Path) -> ValidationData:
    """Reads what `load_corpus` describes, as far as measuring needs it."""
    flickr = data / "flickr8k-cn"
    read = list(read_photos(sorted(flickr.glob("val-*.tar"))))
    labelled = list(read_photos(sorted((data / "labelled").glob("*.tar"))))
    names = data / "names"
    return ValidationData(
        [name for name, _ in read],
        [photo for _, photo in read],
        read_captions(flickr, ("val",)),
        read_labelled([name for name, _ in labelled], names),
        [photo for _, photo in labelled],
        imagenet_names(names),
    )


@dataclass(frozen=True)
class SourceEncodings:
    """The captions of one source: embeddings [T, D], tokens, and the photo of each."""

    name: str
    embeddings: Tensor
    tokens: list[Tensor]
    photo: Tensor

    def sample(self, count: int, seed: int = 0) -> SourceEncodings:
        """One caption of each of `count` photos (every caption where `count` is 0)."""
        if not count:
            return self
        rng = np.random.default_rng(seed)
        photos = rng.permutation(int(self.photo.max()) + 1)[:count]
        rows = [int(rng.choice(np.flatnonzero(self.photo.numpy() == p))) for p in photos]
        return SourceEncodings(
            self.name, self.embeddings[rows], [self.tokens[r] for r in rows], self.photo[rows]
        )


@dataclass(frozen=True)
class Encoded:
    """Everything that a model makes of the validation photos and captions."""

    photos: Tensor
    tokens: Tensor
    sources: list[SourceEncodings]


def encode_validation(encoder: Encoder, data: ValidationData) -> Encoded:
    """Runs the encoders once over photos and captions."""
    photos, tokens = encoder.photos(data.photos)
    sources = []
    for source in data.sources:
        texts = [text for name in data.names for text in source.captions[name]]
        owner = [i for i, name in enumerate(data.names) for _ in source.captions[name]]
        embeddings, text_tokens = encoder.texts(texts)
        sources.append(SourceEncodings(source.name, embeddings, text_tokens, torch.tensor(owner)))
    return Encoded(photos, tokens, sources)


def rerank_sources(
    encoder: Encoder, encoded: Encoded, queries: int
) -> list[tuple[SourceEncodings, Reranked]]:
    """The ranker over the candidates of `queries` captions of each source (0: all)."""
    result = []
    for source in encoded.sources:
        sample = source.sample(queries)
        reranked = rerank(
            encoder, sample.embeddings, sample.tokens, encoded.photos, encoded.tokens, sample.photo
        )
        result.append((sample, reranked))
    return result


def evaluate_model(
    encoder: Encoder,
    data: ValidationData,
    queries: int,
    teacher: Tensor | None = None,
    classes_left_out: bool = False,
) -> dict[str, Any]:
    """All figures; `queries` captions a source go through the ranker.

    `teacher` are the classifier's probabilities on the labelled photos, where there is one.
    `classes_left_out` says that training left every fifth class out; they are measured apart.
    """
    encoded = encode_validation(encoder, data)
    figures: dict[str, Any] = {"retrieval": {}, "reranking": {}, "matching": {}}
    for source in encoded.sources:
        figures["retrieval"][source.name] = {
            "text to photo": text_to_photo(source.embeddings, encoded.photos, source.photo),
            "photo to text": photo_to_text(source.embeddings, encoded.photos, source.photo),
        }
    for sample, reranked in rerank_sources(encoder, encoded, queries):
        figures["reranking"][sample.name] = {
            "R@1 before": reranked.recall_before(),
            "R@1 after": reranked.recall_at_1(*encoder.rerank_weights),
            "R@1 by match alone": reranked.recall_at_1(1.0, 0.0),
        }
        pairs = matching_pairs(reranked, encoder, encoded.photos, encoded.tokens, sample.tokens)
        figures["matching"][sample.name] = {
            "AUC, near misses by photo": area_under_curve(*pairs.halves(pairs.alike)),
            "AUC, near misses by text": area_under_curve(*pairs.halves(pairs.best_wrong)),
        }
    short = read_short_queries()
    captions = [
        " ".join(text for source in data.sources for text in source.captions[name]).lower()
        for name in data.names
    ]
    fits = torch.tensor([[query.fits(own) for own in captions] for query in short])
    texts, text_tokens = encoder.texts([query.text for query in short])
    # No query has one right photo; `right` is not read.
    unknown = torch.zeros(len(short), dtype=torch.long)
    reranked = rerank(encoder, texts, text_tokens, encoded.photos, encoded.tokens, unknown)
    figures["short queries"] = {
        "P@10": precision_at_10(fits, reranked.photos),
        "P@10 re-ranked": precision_at_10(fits, reranked.ordered(*encoder.rerank_weights)),
    }
    if encoder.captions is not None:
        references = {
            source.name: [source.captions[name] for name in data.names] for source in data.sources
        }
        figures["captions"] = measure_captions(
            encoder, encoder.captions, encoded.tokens, references, CaptionRule()
        )
    labelled, _ = encoder.photos(data.labelled_photos)
    figures["labels"] = label_accuracy(encoder, data.labelled, labelled, classes_left_out)
    if teacher is not None:
        kept = torch.from_numpy(data.labelled.held_back)
        figures["names"] = {
            language: name_agreement(
                label_embeddings(encoder, names, language), labelled[kept], teacher[kept]
            )
            for language, names in data.imagenet_names.items()
        }
    return figures


def table(figures: dict[str, Any]) -> str:
    """The figures as aligned lines of text."""
    lines: list[str] = []

    def walk(prefix: str, values: dict[str, Any]) -> None:
        numbers = {k: v for k, v in values.items() if not isinstance(v, dict)}
        if numbers:
            shown = "  ".join(f"{name} {value:.3g}" for name, value in numbers.items())
            lines.append(f"{prefix:<44} {shown}")
        for name, own in values.items():
            if isinstance(own, dict):
                walk(f"{prefix} / {name}" if prefix else name, own)

    walk("", figures)
    return "\n".join(lines)
