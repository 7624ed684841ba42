from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from synthetic import ALIGN, CONFIG, tiny_corpus

from r2d2.architecture import ExpertConfig
from r2d2.architecture.ranker import Tokens
from r2d2.training.align import Aligner, member_heads
from r2d2.training.features import cells, pieces
from r2d2.training.rank_teacher import RankTeacher
from r2d2.training.run_log import RunLog


def test_the_teacher_says_what_the_ranker_says_of_a_pair() -> None:
    corpus, _, model = tiny_corpus()
    photos, captions = np.arange(6), np.arange(0, 8, 2)
    logits = RankTeacher(model, corpus)(photos, captions)
    assert logits.shape == (6, 4)
    nothing = torch.zeros(1, 1)
    with torch.inference_mode():
        found, mask = pieces(model, corpus.captions, captions[[1]])
        features = model.image_encoder.backbone.features(
            cells(corpus.train.features.views[0], photos[[3]])
        )
        evidence, _ = model.ranker.evidence(
            Tokens(
                model.image_encoder.token_head(features) + model.image_encoder.positions,
                nothing,
                nothing,
            ),
            Tokens(model.text_encoder.token_head(found), nothing, nothing),
            mask,
        )
        expected = model.ranker.logits(evidence).mean()
    assert abs(float(logits[3, 1] - expected)) < 0.05


def test_a_dual_encoder_can_ask_its_ranker_in_a_step() -> None:
    corpus, data, model = tiny_corpus()
    options = replace(ALIGN, epochs=1, rank_targets=1.0)
    torch.manual_seed(0)
    heads = member_heads(CONFIG, ExpertConfig(16, 32, 32), options)
    before = heads.image.expert(0).linear.weight.clone()
    ranking = RankTeacher(model, corpus)
    trained = Aligner(corpus, data, heads, options, 0, ranking=ranking).train()
    assert not torch.equal(trained.image.expert(0).linear.weight, before)


def test_a_dual_encoder_comes_nearer_to_its_teacher(tmp_path: Path) -> None:
    corpus, data, _ = tiny_corpus()

    def ranking(photos: np.ndarray, captions: np.ndarray) -> torch.Tensor:
        """Photos of a kind fit its captions alike, which no contrast between them says."""
        return 9.0 * torch.from_numpy(photos[:, None] % 8 == captions[None] // 2 % 8)

    options = replace(ALIGN, epochs=20, rank_targets=3.0, soft_targets=0.0)
    torch.manual_seed(0)
    heads = member_heads(CONFIG, ExpertConfig(16, 32, 32), options)
    losses = []

    class Log(RunLog):
        def scalars(self, step: int, values: dict[str, float]) -> None:
            losses.append(values["align/ranking"])

    Aligner(corpus, data, heads, options, 0, ranking=ranking).train(Log(tmp_path))
    assert losses[-1] < 0.8 * losses[0]
