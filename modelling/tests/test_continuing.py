from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import ALIGN, CONFIG, TOKENIZER, tiny_corpus

from r2d2.architecture.model import save_checkpoint
from r2d2.errors import R2D2Error
from r2d2.export.tiny import tiny_model
from r2d2.training.config import RankConfig, TrainConfig
from r2d2.training.continuing import Start
from r2d2.training.rank import temper
from r2d2.training.rank_teacher import RankTeacher
from r2d2.training.run_folder import same_options


def test_heads_that_go_on_embed_as_the_finished_model_does() -> None:
    _, data, model = tiny_corpus()
    start = Start(model, TOKENIZER, word_contrast=0.7)
    heads = start.expert(0, ALIGN).eval()
    with torch.inference_mode():
        torch.testing.assert_close(
            heads.text(data.captions), model.text_encoder.embedding_head(data.captions)
        )


def test_a_ranker_that_goes_on_is_the_one_before_tempering() -> None:
    options = RankConfig(word_contrast=0.5, final_sharpness=20.0)
    trained, finished = tiny_model(CONFIG), tiny_model(CONFIG)
    temper(finished, options)
    with torch.no_grad():
        # As calibration leaves it.
        finished.ranker.text_side.log_scale.fill_(1.0)
    torch.manual_seed(1)
    fresh = tiny_model(CONFIG)
    torch.nn.init.zeros_(fresh.image_encoder.token_head.project.weight)
    Start(finished, TOKENIZER, options.word_contrast).start_ranker(fresh)
    assert fresh.ranker.sharpness == trained.ranker.sharpness
    for own, theirs in (
        (fresh.ranker.text_side, trained.ranker.text_side),
        (fresh.image_encoder.token_head, trained.image_encoder.token_head),
    ):
        for name, value in theirs.state_dict().items():
            torch.testing.assert_close(own.state_dict()[name], value)


def test_a_finished_ranker_teaches_with_the_scales_of_training() -> None:
    corpus, _, model = tiny_corpus()
    taught = RankTeacher(model, corpus)(np.arange(4), np.arange(0, 8, 2))
    options = RankConfig(word_contrast=0.5)
    temper(model, options)
    with torch.no_grad():
        model.ranker.text_side.log_scale.fill_(1.0)
    teacher = Start(model, TOKENIZER, options.word_contrast).rank_teacher(corpus)
    torch.testing.assert_close(teacher(np.arange(4), np.arange(0, 8, 2)), taught)
    # The model itself stays as it is.
    assert model.ranker.sharpness == options.final_sharpness


@pytest.mark.parametrize("contrast", [0.5, 0.0])
def test_tempering_is_undone_as_the_older_run_did_it(tmp_path: Path, contrast: float) -> None:
    tempered = RankConfig(word_contrast=contrast)
    trained, finished = tiny_model(CONFIG), tiny_model(CONFIG)
    temper(finished, tempered)
    save_checkpoint(tmp_path / "checkpoint.pt", finished)
    TOKENIZER.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(R2D2Error, match=r"no options\.json"):
        Start.load(tmp_path, 1)
    same_options(tmp_path, TrainConfig(rank=tempered), None)
    with pytest.raises(R2D2Error, match="has experts: 1; the configuration has 2"):
        Start.load(tmp_path, 2)
    fresh = tiny_model(CONFIG)
    Start.load(tmp_path, 1).start_ranker(fresh)
    # Where all words were made to count alike, nothing tells how much they counted.
    wanted = trained.ranker.text_side.weight.weight * (1.0 if contrast else 0.0)
    torch.testing.assert_close(fresh.ranker.text_side.weight.weight, wanted)
