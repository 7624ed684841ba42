"""Tuning of the text encoder's last layers, on captions that name the kind of a photo."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import CONFIG, TOKENIZER, TUNE_TEXT, StoppedError, StoppingLog, tiny_corpus
from torch.nn import functional as F

from r2d2.data.corpus import with_text_encoder
from r2d2.data.vocabulary import plain_pieces
from r2d2.training.config import TuneTextConfig
from r2d2.training.run_log import RunLog
from r2d2.training.text_layers import TextTuner, tune_text_layers, where_pieces_lie


def make_tuner(options: TuneTextConfig) -> TextTuner:
    corpus, data, model = tiny_corpus()
    kept = where_pieces_lie(model.text_encoder.bert, corpus, CONFIG)
    return TextTuner(corpus, data, model.text_encoder, CONFIG, options, 0, kept)


def test_a_texts_features_are_those_of_the_cache_before_any_step() -> None:
    tuner = make_tuner(TUNE_TEXT)
    rows = np.array([7, 0, 3, 100])
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        found = tuner.features(tuner.captions, rows)
    torch.testing.assert_close(found, tuner.data.captions[rows], atol=0.05, rtol=0.05)


def test_the_vocabularys_plain_pieces_are_texts() -> None:
    pieces = plain_pieces(TOKENIZER)
    assert "狗" in pieces
    assert not any("▁" in piece or piece in ("", "<s>", "<unk>") for piece in pieces)


def test_tuned_states_tell_captions_of_other_kinds_apart_better(tmp_path: Path) -> None:
    tuner = make_tuner(TUNE_TEXT)
    first = {name: value.clone() for name, value in tuner.bert.layers[0].state_dict().items()}
    before = separation(tuner.data.captions)
    tuner.train(RunLog(tmp_path), tmp_path / "text.state")
    tuned = tuner.bert.layers[0].state_dict()
    assert all(torch.equal(tuned[name], value) for name, value in first.items())
    corpus = with_text_encoder(tuner.corpus, tuner.bert, tmp_path / "captions")
    assert separation(torch.from_numpy(corpus.captions.pooled)) > before + 0.1
    names = corpus.label_texts.pooled["zh"]
    assert not torch.allclose(names, tuner.corpus.label_texts.pooled["zh"], atol=0.1)
    again = with_text_encoder(tuner.corpus, tuner.bert, tmp_path / "captions")
    np.testing.assert_array_equal(again.captions.pooled, corpus.captions.pooled)


def test_the_vocabulary_keeps_its_place_where_that_is_asked_for(tmp_path: Path) -> None:
    moved = []
    for keep in (0.0, 10.0):
        tuner = make_tuner(TuneTextConfig(**{**vars(TUNE_TEXT), "keep": keep}))
        tuner.train(RunLog(tmp_path / str(keep)), tmp_path / f"{keep}.state")
        with torch.inference_mode():
            moved.append(float(tuner._moved()))
    assert moved[1] < 0.5 * moved[0]


def test_a_second_round_goes_on_from_the_first_and_can_be_stopped(tmp_path: Path) -> None:
    options = replace(TUNE_TEXT, epochs=2, frozen_epochs=1, again_epochs=4)

    def tuned(folder: Path, log: type[RunLog], options: TuneTextConfig) -> dict[str, torch.Tensor]:
        folder.mkdir(exist_ok=True)
        corpus, data, model = tiny_corpus()
        return tune_text_layers(
            corpus, data, model.text_encoder, CONFIG, options, 0, log(folder), folder
        )

    whole = tuned(tmp_path / "whole", RunLog, options)
    with pytest.raises(StoppedError):
        tuned(tmp_path / "stopped", StoppingLog, options)
    first = torch.load(tmp_path / "stopped" / "text-first.pt", weights_only=True)
    once = tuned(tmp_path / "once", RunLog, replace(options, again_epochs=0))
    resumed = tuned(tmp_path / "stopped", RunLog, options)
    moved = [name for name, value in whole.items() if not torch.equal(value, first[name])]
    assert moved
    assert all(name.startswith("layers.") for name in moved)
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value)
        torch.testing.assert_close(first[name], once[name])


def separation(states: torch.Tensor) -> float:
    """How much nearer captions of one kind are than others: a difference of mean cosines."""
    states = states[:, : CONFIG.text.width]
    centred = F.normalize(states - states.mean(0), dim=1)
    alike = centred @ centred.T
    kind = torch.arange(len(states)) // 2 % 8
    same = kind[:, None] == kind[None]
    return float(alike[same].mean() - alike[~same].mean())
