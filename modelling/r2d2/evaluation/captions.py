"""How good the captions are: one a photo against five that people wrote."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from r2d2.architecture.captioner import Captioner
from r2d2.evaluation.caption_scores import TOKENIZERS, Cider, bleu_4
from r2d2.evaluation.decoding import Floats, Limits, Step, Written, beam_search

REFERENCES = {"zh": "zh-human", "en": "en-human"}
"""The captions that count, by language."""
_PHOTOS = 100
_WATCHED = {"zh": 1000, "en": 200}


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


def caption_scores(
    captions: Sequence[str], references: Sequence[Sequence[str]], language: str
) -> dict[str, float]:
    """BLEU-4 and CIDEr by each unit of a language, and the share of distinct captions."""
    figures = {}
    for unit, tokenize in TOKENIZERS[language].items():
        cut = [tokenize(caption) for caption in captions]
        wanted = [[tokenize(reference) for reference in own] for own in references]
        figures[f"BLEU-4 by {unit}"] = bleu_4(cut, wanted)
        figures[f"CIDEr by {unit}"] = Cider(wanted).mean(cut, wanted)
    figures["distinct"] = 100 * len(set(captions)) / len(captions)
    return figures


def greedy_scores(
    captioner: Captioner,
    tokenizer: Tokenizer,
    photos: Floats,
    references: dict[str, list[list[str]]],
) -> dict[str, float]:
    """CIDEr and BLEU-4 by word of the likeliest words, for a look during training."""
    config = captioner.config
    limits = Limits(config.max_tokens, config.end_token)
    figures = {}
    for language, start in config.start_tokens.items():
        some = slice(0, _WATCHED[language])
        written = write_captions(module_step(captioner), photos[some], start, limits, 1)
        captions = [tokenizer.decode(list(own[0].ids)) for own in written]
        scores = caption_scores(captions, references[REFERENCES[language]][some], language)
        figures[f"{language} CIDEr"] = scores["CIDEr by word"]
        figures[f"{language} BLEU-4"] = scores["BLEU-4 by word"]
        figures[f"{language} distinct"] = scores["distinct"]
    return figures
