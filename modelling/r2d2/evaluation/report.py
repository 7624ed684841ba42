"""All measurements of one model on the validation split, as figures and as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from r2d2.data.captions import CaptionSource, captions_of, read_captions, references
from r2d2.data.labels import LabelledPhotos, imagenet_names, read_labelled
from r2d2.data.layout import captioned_folder, labelled_shards, photo_sources
from r2d2.data.photos import photo_names, read_photos
from r2d2.errors import R2D2Error
from r2d2.evaluation.caption_scores import TOKENIZER_NOTE, CaptionJudge
from r2d2.evaluation.captions import (
    Candidate,
    CaptionRule,
    EncodedPhotos,
    caption_candidates,
    measure_captions,
)
from r2d2.evaluation.command import PARTS
from r2d2.evaluation.encoders import Encoder
from r2d2.evaluation.reranking import accuracy, area_under_curve, matching_pairs, rerank
from r2d2.evaluation.retrieval import photo_to_text, text_to_photo
from r2d2.evaluation.short_queries import fitting, precision_at_10, read_short_queries
from r2d2.evaluation.stored_photos import StoredPhotos
from r2d2.evaluation.zero_shot import label_accuracy, label_embeddings, name_agreement


@dataclass(frozen=True)
class ValidationData:
    """Validation photos with all captions, and the labelled photos that were held back."""

    names: list[str]
    photos: Iterable[Image.Image]
    sources: list[CaptionSource]
    labelled: LabelledPhotos | None = None
    """None where labels are not measured."""
    labelled_photos: Iterable[Image.Image] = ()
    imagenet_names: dict[str, list[str]] = field(default_factory=dict)


def read_validation(data: Path, parts: Sequence[str] = PARTS) -> ValidationData:
    """Reads what `load_corpus` describes, as far as measuring some parts needs it.

    Raises `R2D2Error` as that does.
    """
    captioned = captioned_folder(data)
    stored = photo_sources(captioned, "val")
    names = photo_names(stored)
    if len(names) < 2:
        raise R2D2Error(f"{captioned}: {len(names)} photos to measure on, but it takes at least 2")
    validation = ValidationData(
        names,
        StoredPhotos(partial(read_photos, stored)),
        read_captions(captioned, ("val",)),
    )
    if "labels" not in parts:
        return validation
    shards, class_names = labelled_shards(data), data / "names"
    labelled = read_labelled(photo_names(shards), class_names).only_held_back()
    return replace(
        validation,
        labelled=labelled,
        labelled_photos=StoredPhotos(partial(read_photos, shards, frozenset(labelled.photos))),
        imagenet_names=imagenet_names(class_names),
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
    """What a model makes of the validation photos (embeddings [N, D], tokens) and captions."""

    photos: Tensor
    tokens: Tensor
    sources: list[SourceEncodings]


def encode_sources(encoder: Encoder, data: ValidationData) -> list[SourceEncodings]:
    """Runs the text encoder once over all captions."""
    sources = []
    for source in data.sources:
        captions = captions_of(source, data.names)
        texts = [text for own in captions for text in own]
        owner = [i for i, own in enumerate(captions) for _ in own]
        embeddings, tokens = encoder.texts(texts)
        sources.append(SourceEncodings(source.name, embeddings, tokens, torch.tensor(owner)))
    return sources


def evaluate_model(
    encoder: Encoder,
    data: ValidationData,
    queries: int,
    teacher: Tensor | None = None,
    classes_left_out: bool = False,
    parts: Sequence[str] = PARTS,
    note: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """All figures; `queries` captions a source go through the ranker.

    `teacher` are the classifier's probabilities on the labelled photos, where there is one.
    `classes_left_out` says that training left every fifth class out; they are measured apart.
    `note` hears what is being done.
    """
    figures: dict[str, Any] = {}
    captioned = "captions" in parts and encoder.captions is not None
    if "retrieval" in parts or captioned:
        note("photos")
        photos = EncodedPhotos(*encoder.photos(data.photos))
    if "retrieval" in parts:
        note("captions of people")
        encoded = Encoded(*photos, encode_sources(encoder, data))
        note("retrieval, re-ranking and matching")
        figures |= retrieval_figures(encoder, encoded, queries)
        figures["short queries"] = short_query_figures(encoder, encoded, data)
    if captioned:
        figures["captions"] = {
            language: measure_captions(candidates, judge, CaptionRule())
            for language, judge, candidates in judged_captions(encoder, photos, data, note)
        }
    # A set of fewer than five photos a class holds none back.
    if "labels" in parts and data.labelled is not None and data.labelled.photos:
        note("labels")
        labelled, _ = encoder.photos(data.labelled_photos)
        figures["labels"] = label_accuracy(encoder, data.labelled, labelled, classes_left_out)
        if teacher is not None:
            figures["names"] = {
                language: name_agreement(
                    label_embeddings(encoder, names, language), labelled, teacher
                )
                for language, names in data.imagenet_names.items()
            }
    return figures


def retrieval_figures(encoder: Encoder, encoded: Encoded, queries: int) -> dict[str, Any]:
    """Recall over all captions; re-ranking and matching of `queries` of each source (0: all).

    The mean recall is over R@1, R@5 and R@10 both ways, as in R2D2's tables. A model without a
    ranker has neither re-ranking nor matching.
    """
    figures: dict[str, Any] = {"retrieval": {}, "reranking": {}, "matching": {}}
    photos, tokens = encoded.photos, encoded.tokens
    for source in encoded.sources:
        ways = {
            "text to photo": text_to_photo(source.embeddings, photos, source.photo),
            "photo to text": photo_to_text(source.embeddings, photos, source.photo),
        }
        recalls = [recall for way in ways.values() for recall in way.values()]
        figures["retrieval"][source.name] = {"mean recall": float(np.mean(recalls)), **ways}
        if not encoder.has_ranker:
            continue
        some = source.sample(queries)
        reranked = rerank(encoder, some.embeddings, some.tokens, photos, tokens, some.photo)
        figures["reranking"][source.name] = {
            "R@1 before": reranked.recall_before(),
            "R@1 after": reranked.recall_at_1(*encoder.rerank_weights),
            "R@1 by match alone": reranked.recall_at_1(1.0, 0.0),
            "R@10 before": reranked.recall_before(10),
            "R@10 after": reranked.recall_at_10(*encoder.rerank_weights),
        }
        pairs = matching_pairs(reranked, encoder, photos, tokens, some.tokens)
        by_photo, by_text = pairs.halves(pairs.alike), pairs.halves(pairs.best_wrong)
        figures["matching"][source.name] = {
            "AUC, near misses by photo": area_under_curve(*by_photo),
            "AUC, near misses by text": area_under_curve(*by_text),
            "accuracy, near misses by photo": accuracy(*by_photo),
        }
    return figures


def short_query_figures(
    encoder: Encoder, encoded: Encoded, data: ValidationData
) -> dict[str, float]:
    """Precision of the short queries that can be measured, by cosine and re-ranked."""
    by_source = [captions_of(source, data.names) for source in data.sources]
    captions = [
        " ".join(text for own in photo for text in own).lower()
        for photo in zip(*by_source, strict=True)
    ]
    short, fits = fitting(read_short_queries(), captions)
    if not short:
        return {}
    texts, text_tokens = encoder.texts([query.text for query in short])
    if not encoder.has_ranker:
        return {"P@10": precision_at_10(fits, (texts @ encoded.photos.T).topk(10).indices)}
    # No query has one right photo; `right` is not read.
    unknown = torch.zeros(len(short), dtype=torch.long)
    reranked = rerank(encoder, texts, text_tokens, encoded.photos, encoded.tokens, unknown)
    return {
        "P@10": precision_at_10(fits, reranked.photos),
        "P@10 re-ranked": precision_at_10(fits, reranked.ordered(*encoder.rerank_weights)),
    }


def judged_captions(
    encoder: Encoder,
    photos: EncodedPhotos,
    data: ValidationData,
    note: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[str, CaptionJudge, list[list[Candidate]]]]:
    """The model's captions of all photos and who scores them, by language.

    A language in which people wrote no captions is left out.
    """
    writer = encoder.captions
    assert writer is not None
    written = references(data.sources, data.names)
    for language in writer.start_tokens:
        if language in written:
            # First of all: what it lacks is better known before minutes of writing than after.
            judge = CaptionJudge(written[language], language)
            note(f"captions of the model, {language}")
            candidates = caption_candidates(encoder, writer, photos, language, CaptionRule())
            yield language, judge, candidates


def table(figures: dict[str, Any]) -> str:
    """The figures as aligned lines of text."""
    lines: list[str] = []

    def walk(prefix: str, values: dict[str, Any]) -> None:
        numbers = {k: v for k, v in values.items() if not isinstance(v, dict)}
        if numbers:
            shown = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
            lines.append(f"{prefix:<44} {shown}")
        for name, own in values.items():
            if isinstance(own, dict):
                walk(f"{prefix} / {name}" if prefix else name, own)

    walk("", figures)
    if "captions" in figures:
        lines.append(TOKENIZER_NOTE)
    return "\n".join(lines)
