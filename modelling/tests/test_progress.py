from dataclasses import replace
from pathlib import Path

import pytest
import torch
from synthetic import (
    ALIGN,
    CONFIG,
    RANK,
    TUNE,
    TUNE_TEXT,
    StoppedError,
    StoppingLog,
    masked_captions,
    tiny_corpus,
)
from torch import nn

from r2d2.architecture import ExpertConfig
from r2d2.errors import R2D2Error
from r2d2.training.align import Aligner, member_heads
from r2d2.training.backbone import BackboneTuner
from r2d2.training.rank import RankParts, RankTrainer
from r2d2.training.run_log import RunLog
from r2d2.training.text_layers import TextTuner, where_pieces_lie
from r2d2.training.tuning import Tuner

OPTIONS = replace(
    ALIGN, epochs=4, momentum_from_epoch=1, dropout=0.2, queue=64, mixup=0.5, feature_noise=0.1
)


def aligner(seed: int = 0) -> Aligner:
    corpus, data, _ = tiny_corpus()
    torch.manual_seed(seed)
    return Aligner(
        corpus, data, member_heads(CONFIG, ExpertConfig(16, 32, 32), OPTIONS), OPTIONS, 0
    )


def same_weights(first: nn.Module, second: nn.Module) -> None:
    for name, value in first.state_dict().items():
        torch.testing.assert_close(second.state_dict()[name], value)


def test_a_dual_encoder_that_was_stopped_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole = aligner().train()
    state = tmp_path / "align.state.pt"
    with pytest.raises(StoppedError):
        aligner().train(StoppingLog(tmp_path), state)
    # Its start does not matter: all of it comes from the file.
    same_weights(whole, aligner(seed=5).train(state=state))


def test_a_stage_does_not_go_on_under_other_options(tmp_path: Path) -> None:
    state = tmp_path / "align.state.pt"
    aligner().train(state=state)
    corpus, data, _ = tiny_corpus()
    other = replace(OPTIONS, dropout=0.3)
    heads = member_heads(CONFIG, ExpertConfig(16, 32, 32), other)
    with pytest.raises(R2D2Error, match="other options"):
        Aligner(corpus, data, heads, other, 0).train(state=state)


def test_a_ranker_that_was_stopped_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    options = replace(RANK, epochs=3, masked_words=0.5, matching=0.5, phrases=0.5)
    corpus, data, model = tiny_corpus()
    masked = masked_captions(corpus, model)
    embeddings = model.image_encoder.embedding_head(data.photos[0]).detach()
    state = tmp_path / "ranker.state.pt"

    def trainer() -> RankTrainer:
        _, _, fresh = tiny_corpus()
        return RankTrainer(fresh, corpus, embeddings, options, 0, masked, data.phrases)

    def nothing(parts: RankParts) -> dict[str, float]:
        return {}

    # Making one seeds the random numbers that its dropout draws.
    whole = trainer()
    whole.train(RunLog(tmp_path), nothing)
    with pytest.raises(StoppedError):
        trainer().train(StoppingLog(tmp_path), nothing, state)
    resumed = trainer()
    resumed.train(RunLog(tmp_path), nothing, state)
    same_weights(whole.parts, resumed.parts)


@pytest.mark.parametrize("encoder", ["photo", "text"])
def test_a_tuned_encoder_that_was_stopped_ends_as_if_it_had_not_been(
    encoder: str, tmp_path: Path
) -> None:
    # It is stopped when the heads have learned alone for one epoch and with the encoder for one.
    align = replace(TUNE.align, dropout=0.2)
    short = {"epochs": 4, "frozen_epochs": 1, "align": align}

    def tuner() -> Tuner:
        corpus, data, model = tiny_corpus()
        if encoder == "photo":
            options = replace(TUNE, **short)
            return BackboneTuner(corpus, data, model.image_encoder, CONFIG, options, 0)
        texts = replace(TUNE_TEXT, dropout=0.2, **short)
        kept = where_pieces_lie(model.text_encoder.bert, corpus, CONFIG)
        return TextTuner(corpus, data, model.text_encoder, CONFIG, texts, 0, kept)

    # Making one seeds the random numbers that its dropout draws.
    whole = tuner()
    whole.train(RunLog(tmp_path), tmp_path / "whole.state")
    with pytest.raises(StoppedError):
        tuner().train(StoppingLog(tmp_path), tmp_path / "tuned.state")
    resumed = tuner()
    resumed.train(RunLog(tmp_path), tmp_path / "tuned.state")
    same_weights(whole.parts, resumed.parts)
