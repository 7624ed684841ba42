"""Tuning of the photo backbone, on photos whose kind the pretrained stages tell badly."""

from pathlib import Path

import numpy as np
import torch
from synthetic import CONFIG, TUNE, seen, tiny_corpus

from r2d2.data.corpus import with_backbone
from r2d2.training.backbone import BackboneTuner, upper_stages
from r2d2.training.config import TuneConfig
from r2d2.training.features import pooled_features
from r2d2.training.run_log import RunLog


def make_tuner(options: TuneConfig) -> BackboneTuner:
    corpus, data, model = tiny_corpus(noise=6.0)
    return BackboneTuner(corpus, data, model.image_encoder, CONFIG, options, 0)


def test_stages_in_training_give_what_the_backbone_gives() -> None:
    corpus, _, model = tiny_corpus()
    backbone = model.image_encoder.backbone
    grid = torch.from_numpy(corpus.train.grids.views[0][:4]).float()
    with torch.inference_mode():
        expected = backbone.upper(grid.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        torch.testing.assert_close(upper_stages(backbone, grid), expected, atol=1e-4, rtol=1e-4)


def test_a_photos_features_are_those_of_the_cache_before_any_step() -> None:
    tuner = make_tuner(TUNE)
    rows = np.arange(5)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        found = tuner.features(rows, 0)
    torch.testing.assert_close(found, tuner.data.photos[0][rows], atol=0.05, rtol=0.05)


def test_tuned_features_tell_captions_apart_better(tmp_path: Path) -> None:
    tuner = make_tuner(TUNE)
    corpus, encoder = tuner.corpus, tuner.encoder
    lower = {name: value.clone() for name, value in encoder.backbone.lower.state_dict().items()}
    before = separation(tuner.data.photos[0])
    tuner.train(RunLog(tmp_path), tmp_path / "backbone.state")
    tuned = encoder.backbone.lower.state_dict()
    assert all(torch.equal(tuned[name], value) for name, value in lower.items())
    again = with_backbone(corpus, encoder.backbone, tmp_path / "features")
    features = pooled_features(again.train.features, encoder)[0]
    assert separation(features) > before + 0.1
    expected = pooled_features(seen(encoder.backbone, corpus.train.grids), encoder)[0]
    torch.testing.assert_close(features, expected, atol=0.02, rtol=0.02)


def separation(features: torch.Tensor) -> float:
    """How much nearer photos of one kind are than others: a difference of mean correlations."""
    features = features[:, : CONFIG.image.feature_width]
    centred = torch.nn.functional.normalize(features - features.mean(0), dim=1)
    alike = centred @ centred.T
    kind = torch.arange(len(features)) % 8
    same = kind[:, None] == kind[None]
    return float(alike[same].mean() - alike[~same].mean())
