"""How good the captions are: one a photo against five that people wrote."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from r2d2.architecture.calibration import NEAREST
from r2d2.architecture.captioner import Captioner, TrainedCaptioner
from r2d2.data.caption_vocabulary import UNKNOWN
from r2d2.evaluation.caption_scores import CaptionJudge
from r2d2.evaluation.decoding import Floats, Limits, Step, Written, beam_search, content_words

if TYPE_CHECKING:
    from r2d2.evaluation.encoders import Encoder
    from r2d2.export.package import Package

_PHOTOS = 100
_CONTRAST = 0.15
"""Chosen with the beams on validation photos, as in src/engine/captioner.ts."""
_WATCHED = {"zh": 1000, "en": 200}


@dataclass(frozen=True)
class CaptionRule:
    """How one caption is chosen among candidates; the app follows the same rule.

    Score = log probability / length ^ `length_penalty` + `match_weight` · logit(match probability)
    + `cosine_weight` · cosine of photo and caption, where the end token counts as a part of the
    length. The weights are fitted by `r2d2 evaluate --caption-weights`.
    """

    beams: int = 5
    length_penalty: float = 1.0
    match_weight: float = 0.05
    cosine_weight: float = 0.5


class EncodedPhotos(NamedTuple):
    """Embeddings [N, D] of photos and their tokens [N, P, Wi]."""

    embeddings: Tensor
    tokens: Tensor


@dataclass(frozen=True)
class CaptionWriter:
    """What writes captions, of a checkpoint or of a package."""

    step: Step
    tokenizer: Tokenizer
    start_tokens: Mapping[str, int]
    limits: Limits

    @classmethod
    def of_checkpoint(cls, trained: TrainedCaptioner) -> CaptionWriter:
        """A captioner in PyTorch."""
        config = trained.model.config
        once = content_words(trained.tokenizer)
        limits = Limits(config.max_tokens, config.end_token, once, _CONTRAST)
        return cls(module_step(trained.model), trained.tokenizer, config.start_tokens, limits)

    @classmethod
    def of_package(cls, package: Package) -> CaptionWriter | None:
        """The captioner of a package, where it has one."""
        caption = package.caption
        if caption is None:
            return None
        tokenizer = package.caption_tokenizer
        once = content_words(tokenizer)
        limits = Limits(caption["maxTokens"], caption["endToken"], once, _CONTRAST)
        return cls(package.caption_step, tokenizer, caption["startTokens"], limits)

    def text(self, written: Written) -> str:
        """The caption as people read it."""
        text: str = self.tokenizer.decode(list(written.ids))
        return text


def module_step(captioner: Captioner) -> Step:
    """A step of the PyTorch captioner, with the arrays of the graph."""
    config = captioner.config

    @torch.inference_mode()
    def step(photos: Floats, ids: NDArray[np.int32], past: Floats | None) -> tuple[Floats, Floats]:
        if past is None:
            shape = (config.layers, 2, len(ids), config.heads, 0, config.head_width)
            past = np.zeros(shape, dtype=np.float32)
        logits, present = captioner(
            torch.from_numpy(photos),
            torch.from_numpy(ids)[:, None],
            torch.tensor([past.shape[4]], dtype=torch.int32),
            torch.from_numpy(past),
        )
        return logits.numpy(), present.numpy()

    return step


def write_captions(
    step: Step, photos: Floats, start: int, limits: Limits, beams: int
) -> list[list[Written]]:
    """Candidates of every photo, some photos at a time."""
    written: list[list[Written]] = []
    for first in range(0, len(photos), _PHOTOS):
        written += beam_search(step, photos[first : first + _PHOTOS], start, limits, beams)
    return written


def greedy_scores(
    captioner: Captioner,
    tokenizer: Tokenizer,
    photos: Floats,
    references: dict[str, list[list[str]]],
) -> dict[str, float]:
    """CIDEr and BLEU-4 by word of the likeliest words, for a look during training.

    `references` are what people wrote, by language and photo; a language without is left out.
    """
    config = captioner.config
    limits = Limits(config.max_tokens, config.end_token)
    figures = {}
    for language, start in config.start_tokens.items():
        if language not in references:
            continue
        some = slice(0, _WATCHED[language])
        written = write_captions(module_step(captioner), photos[some], start, limits, 1)
        captions = [tokenizer.decode(list(own[0].ids)) for own in written]
        judge = CaptionJudge(references[language][some], language)
        scores = judge.figures(captions)
        figures[f"{language} CIDEr"] = scores["CIDEr by word"]
        figures[f"{language} BLEU-4"] = scores["BLEU-4 by word"]
        figures[f"{language} distinct"] = scores["distinct"]
    return figures


class Likeness(NamedTuple):
    """How well a caption goes with its photo."""

    match: float
    cosine: float


def likenesses(
    encoder: Encoder, photos: EncodedPhotos, captions: Sequence[Sequence[str]]
) -> list[list[Likeness]]:
    """Match probability and cosine of every photo with each of its own captions."""
    texts = [text for own in captions for text in own]
    photo = torch.tensor([i for i, own in enumerate(captions) for _ in own])
    distinct = sorted(set(texts))
    row = {text: i for i, text in enumerate(distinct)}
    rows = [row[text] for text in texts]
    embeddings, tokens = encoder.texts(distinct)
    match = encoder.match(photos.tokens, photo[:, None], [tokens[i] for i in rows])[:, 0]
    cosines = (photos.embeddings[photo] * embeddings[rows]).sum(1)
    rest = map(Likeness, match.tolist(), cosines.tolist())
    return [[next(rest) for _ in own] for own in captions]


def logit(probability: float) -> float:
    """Inverse of the sigmoid, kept finite."""
    kept = min(max(probability, NEAREST), 1 - NEAREST)
    return math.log(kept / (1 - kept))


@dataclass(frozen=True)
class Candidate:
    """One of the captions of a photo that there are to choose from."""

    text: str
    # Of the captioner alone, as `CaptionRule` says.
    score: float
    match_logit: float
    cosine: float
    finished: bool
    unknown: bool


def caption_candidates(
    encoder: Encoder, writer: CaptionWriter, photos: EncodedPhotos, language: str, rule: CaptionRule
) -> list[list[Candidate]]:
    """What is written about each photo, and how well it goes with it."""
    start = writer.start_tokens[language]
    written = write_captions(writer.step, photos.tokens.numpy(), start, writer.limits, rule.beams)
    texts = [[writer.text(caption) for caption in own] for own in written]
    return [
        [
            Candidate(
                text,
                caption.score(rule.length_penalty),
                logit(likeness.match),
                likeness.cosine,
                caption.finished,
                UNKNOWN in caption.ids,
            )
            for caption, text, likeness in zip(*own, strict=True)
        ]
        for own in zip(written, texts, likenesses(encoder, photos, texts), strict=True)
    ]


def choose(
    candidates: Sequence[Sequence[Candidate]],
    match_weight: float,
    cosine_weight: float = 0.0,
    score_weight: float = 1.0,
) -> list[Candidate]:
    """The caption of each photo: the first of those with the highest weighted sum."""

    def total(candidate: Candidate) -> float:
        return (
            score_weight * candidate.score
            + match_weight * candidate.match_logit
            + cosine_weight * candidate.cosine
        )

    return [max(own, key=total) for own in candidates]


def measure_captions(
    candidates: Sequence[Sequence[Candidate]], judge: CaptionJudge, rule: CaptionRule
) -> dict[str, dict[str, float]]:
    """Scores of the captions chosen by the captioner alone, and with re-ranking."""
    choices = {
        "without re-ranking": choose(candidates, 0.0),
        "re-ranked": choose(candidates, rule.match_weight, rule.cosine_weight),
        "match alone": choose(candidates, 1.0, score_weight=0.0),
    }
    return {
        name: {
            **judge.figures([caption.text for caption in chosen]),
            "unfinished": sum(not caption.finished for caption in chosen),
            "unknown tokens": sum(caption.unknown for caption in chosen),
        }
        for name, chosen in choices.items()
    }
