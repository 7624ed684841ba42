import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import ALIGN, CONFIG, PHOTOS, RANK, TOKENIZER, masked_captions, tiny_corpus

from r2d2.architecture import ExpertConfig
from r2d2.architecture.calibration import Calibration
from r2d2.architecture.model import load_checkpoint, save_checkpoint
from r2d2.data.corpus import Corpus
from r2d2.errors import R2D2Error
from r2d2.evaluation.encoders import CheckpointEncoder
from r2d2.evaluation.report import retrieval_figures
from r2d2.evaluation.reranking import matching_pairs, rerank
from r2d2.export.tiny import tiny_model
from r2d2.training.align import Aligner, member_heads
from r2d2.training.calibrate import calibrate_model
from r2d2.training.config import (
    AlignConfig,
    CaptionConfig,
    DistilConfig,
    RankConfig,
    TrainConfig,
)
from r2d2.training.dual_heads import AlignData, DualHeads
from r2d2.training.features import encode_cached, pieces
from r2d2.training.joining import join_heads
from r2d2.training.mixing import mix_experts, with_experts
from r2d2.training.none_of_these import best_cosines, fit_none_below
from r2d2.training.pipeline import assemble
from r2d2.training.rank import RankParts, RankTrainer, temper, warm_start
from r2d2.training.run_folder import read_notes, same_data, same_options
from r2d2.training.run_log import RunLog
from r2d2.training.watch import RankWatch


def aligned(
    corpus: Corpus, data: AlignData, seed: int, options: AlignConfig = ALIGN, width: int = 16
) -> DualHeads:
    torch.manual_seed(seed)
    heads = member_heads(CONFIG, ExpertConfig(width, 32, 32), options)
    return Aligner(corpus, data, heads, options, seed).train().eval()


def right_kind_first(images: torch.Tensor, texts: torch.Tensor) -> float:
    best = (texts @ images.T).argmax(1) % 8
    return float((best == torch.arange(PHOTOS).repeat_interleave(2) % 8).float().mean())


@pytest.mark.parametrize(
    "option",
    [
        {},
        {"mixup": 1.0},
        {"one_source": True},
        {"queue": 96},
        {"grouped": 96},
        {"feature_targets": 0.5},
        {"chunk": 16},
    ],
)
def test_aligned_heads_find_photos_of_the_kind_that_is_named(option: dict[str, float]) -> None:
    corpus, data, _ = tiny_corpus()
    heads = aligned(corpus, data, 0, replace(ALIGN, **option))
    with torch.inference_mode():
        found = right_kind_first(heads.image(data.photos[0]), heads.text(data.captions))
    assert found > 0.5


def test_the_same_seed_gives_the_same_heads() -> None:
    corpus, data, _ = tiny_corpus()
    first, second = (aligned(corpus, data, 3) for _ in range(2))
    for name, value in first.state_dict().items():
        torch.testing.assert_close(second.state_dict()[name], value)


def test_joined_heads_score_like_the_mean_of_their_members() -> None:
    corpus, data, _ = tiny_corpus()
    members = [aligned(corpus, data, seed) for seed in range(2)]
    image, text = join_heads(members, data, CONFIG.embedding_width)
    with torch.inference_mode():
        mean = torch.stack(
            [m.text(data.captions) @ m.image(data.photos[0]).T for m in members]
        ).mean(0)
        joined = text(data.captions) @ image(data.photos[0]).T
    assert torch.corrcoef(torch.stack((mean.flatten(), joined.flatten())))[0, 1] > 0.97


def test_the_gate_lets_a_text_choose_the_expert_that_knows_it() -> None:
    corpus, data, _ = tiny_corpus()
    good = aligned(corpus, data, 0)
    torch.manual_seed(1)
    bad = member_heads(CONFIG, CONFIG.experts[0], ALIGN).eval()
    experts = [join_heads([heads], data, 12) for heads in (good, bad)]
    config = with_experts(CONFIG, experts)
    heads = mix_experts(config, experts, corpus, data, ALIGN, seed=0)
    with torch.inference_mode():
        photos, texts = heads.image(data.photos[0]), heads.text(data.captions)
        share_of_good = texts[:, :12].square().sum(1)
        found = right_kind_first(photos, texts)
    assert photos.shape[1] == config.embedding_width == 24
    torch.testing.assert_close(photos.norm(dim=1), torch.ones(len(photos)))
    torch.testing.assert_close(texts.norm(dim=1), torch.ones(len(texts)))
    assert share_of_good.mean() > 0.7
    assert found > 0.5


@pytest.mark.parametrize(
    "option",
    [
        {},
        {"grouped": 32},
        {"matching": 1.0},
        {"phrases": 0.5},
        {"masked_words": 0.2, "feature_targets": 0.2},
    ],
)
def test_the_ranker_learns_to_tell_kinds_apart(tmp_path: Path, option: dict[str, float]) -> None:
    corpus, data, model = tiny_corpus()
    heads = aligned(corpus, data, 0)
    model.image_encoder.embedding_head.load_state_dict(heads.image.state_dict())
    model.text_encoder.embedding_head.load_state_dict(heads.text.state_dict())
    warm_start(model, data.photos[0], data.captions)
    with torch.inference_mode():
        embeddings = heads.image(data.photos[0]).clone()
    seen: list[float] = []
    watch = RankWatch(model, corpus)

    def after_epoch(parts: RankParts) -> dict[str, float]:
        with torch.inference_mode():
            neck = torch.from_numpy(corpus.train.features.views[0].astype(np.float32))
            features = model.image_encoder.backbone.features(neck)
            found, mask = pieces(model, corpus.captions, np.arange(16))
            places = parts.image_tokens(features) + parts.positions
            logits = parts.ranker.late_logits(places, parts.text_tokens(found), mask)
        best = logits.mean(0).argmax(1) % 8
        seen.append(float((best == torch.arange(16) // 2).float().mean()))
        figures = watch(parts)
        assert all(0 <= figures[name] <= 100 for name in ("before", "alone", "after"))
        assert figures["alone"] <= figures["after"]
        return figures

    options = replace(RANK, **option)
    masked = masked_captions(corpus, model) if options.reads_masked else None
    trainer = RankTrainer(model, corpus, embeddings, options, 0, masked, data.phrases)
    trainer.train(RunLog(tmp_path), after_epoch)
    # It is looked at after every fourth epoch.
    assert len(seen) == RANK.epochs / 4
    # Chance is one in eight.
    assert seen[-1] > 0.5


def test_the_ranker_learns_under_dropout_though_the_model_is_in_evaluation_mode() -> None:
    corpus, data, model = tiny_corpus()
    trainer = RankTrainer(model.eval(), corpus, data.photos[0], replace(RANK, dropout=0.5), 0)
    rows, kept = np.arange(4), torch.arange(4)
    first, second = (trainer._image_places(rows, 0, kept) for _ in range(2))
    assert not torch.allclose(first, second)


def test_options_that_need_more_than_captions_say_so() -> None:
    corpus, data, model = tiny_corpus()
    with pytest.raises(ValueError, match="rank_targets"):
        aligned(corpus, data, 0, replace(ALIGN, rank_targets=1.0))
    with pytest.raises(ValueError, match="masked"):
        RankTrainer(model, corpus, data.photos[0], replace(RANK, masked_words=1.0), 0)
    with pytest.raises(ValueError, match="phrases"):
        RankTrainer(model, corpus, data.photos[0], replace(RANK, phrases=1.0), 0)


def test_a_tempered_ranker_is_kept_by_its_checkpoint(tmp_path: Path) -> None:
    model = tiny_model(CONFIG)
    weights = model.ranker.text_side.weight.weight.clone()
    temper(model, RankConfig(final_sharpness=14.0, word_contrast=0.5))
    save_checkpoint(tmp_path / "checkpoint.pt", model)
    again, _ = load_checkpoint(tmp_path / "checkpoint.pt")
    assert again.ranker.sharpness == 14.0
    torch.testing.assert_close(again.ranker.text_side.weight.weight, weights / 2)


def test_calibration_of_a_model_gives_it_scores_that_order_well() -> None:
    corpus, data, model = tiny_corpus()
    heads = aligned(corpus, data, 0)
    model.image_encoder.embedding_head.load_state_dict(heads.image.state_dict())
    model.text_encoder.embedding_head.load_state_dict(heads.text.state_dict())
    encoder = CheckpointEncoder(model, TOKENIZER)
    encoded = encode_cached(model, corpus.train, corpus.captions)
    before, _ = model.rerank_weights.tolist(), model.calibration.tolist()
    calibrate_model(encoder, encoded)
    source = encoded.sources[0]
    reranked = rerank(
        encoder, source.embeddings, source.tokens, encoded.photos, encoded.tokens, source.photo
    )
    after = reranked.recall_at_1(*encoder.rerank_weights)
    assert after >= reranked.recall_at_1(*before) - 1e-6
    pairs = matching_pairs(reranked, encoder, encoded.photos, encoded.tokens, source.tokens)
    match, truth = pairs.halves(pairs.alike)
    calibration = Calibration(*model.calibration.tolist())
    assert abs(float(calibration.apply(match).mean()) - float(truth.mean())) < 0.05


def test_a_dual_encoder_has_recall_and_nothing_that_needs_a_ranker() -> None:
    corpus, _, model = tiny_corpus()
    encoder = CheckpointEncoder(model, TOKENIZER)
    encoded = encode_cached(model, corpus.train, corpus.captions)
    with_ranker = retrieval_figures(encoder, encoded, 4)
    encoder.has_ranker = False
    figures = retrieval_figures(encoder, encoded, 4)
    assert figures["retrieval"] == with_ranker["retrieval"]
    assert figures["reranking"] == figures["matching"] == {}
    source = encoded.sources[0].name
    assert 0 <= figures["retrieval"][source]["mean recall"] <= 100
    assert 0 <= with_ranker["matching"][source]["accuracy, near misses by photo"] <= 100


def test_a_run_does_not_go_on_under_other_options(tmp_path: Path) -> None:
    options = TrainConfig(seed=1)
    same_options(tmp_path, options, None)
    # The captioner is another command's.
    same_options(tmp_path, replace(options, caption=CaptionConfig(epochs=2)), None)
    with pytest.raises(R2D2Error, match=r"\(rank\)"):
        same_options(tmp_path, replace(options, rank=RankConfig(epochs=99)), None)


def test_a_run_that_was_begun_before_a_stage_existed_goes_on_without_it(tmp_path: Path) -> None:
    same_options(tmp_path, TrainConfig(), None)
    notes = read_notes(tmp_path)
    del notes["distil"]
    (tmp_path / "options.json").write_text(json.dumps(notes), encoding="utf-8")
    with pytest.raises(R2D2Error, match=r"\(distil\)"):
        same_options(tmp_path, TrainConfig(distil=DistilConfig(epochs=1)), None)
    same_options(tmp_path, TrainConfig(), None)


def with_train(corpus: Corpus, **changes: list[str]) -> Corpus:
    return replace(corpus, train=replace(corpus.train, **changes))


def test_a_run_does_not_go_on_with_other_data(tmp_path: Path) -> None:
    corpus, _, model = tiny_corpus()
    options = TrainConfig(seed=1)
    same_options(tmp_path, options, None)
    same_data(tmp_path, corpus)
    # What was noted stays when the run goes on.
    same_options(tmp_path, options, None)
    same_data(tmp_path, corpus)
    others = [
        with_train(corpus, names=[f"other-{name}" for name in corpus.train.names]),
        replace(corpus, captions=masked_captions(corpus, model)),
        replace(corpus, labelled=replace(corpus.labelled, photos=corpus.labelled.photos[1:])),
    ]
    for other in others:
        with pytest.raises(R2D2Error, match=r"other data: name another --out"):
            same_data(tmp_path, other)


def test_a_run_that_noted_no_data_goes_on(tmp_path: Path) -> None:
    corpus, _, _ = tiny_corpus()
    same_options(tmp_path, TrainConfig(), None)
    assert "data" not in read_notes(tmp_path)
    same_data(tmp_path, corpus)
    assert read_notes(tmp_path)["rank"]["epochs"] == RankConfig.epochs
    with pytest.raises(R2D2Error, match="other data"):
        same_data(tmp_path, with_train(corpus, names=corpus.train.names[::-1]))


def test_a_run_that_goes_on_gets_the_same_fresh_ranker() -> None:
    corpus, data, model = tiny_corpus()
    experts = [join_heads([aligned(corpus, data, 0)], data, CONFIG.embedding_width)]
    config = with_experts(CONFIG, experts)
    heads = mix_experts(config, experts, corpus, data, ALIGN, seed=0)
    first = assemble(model, config, heads, seed=3)
    torch.rand(7)
    second = assemble(model, config, heads, seed=3)
    for name, value in first.state_dict().items():
        torch.testing.assert_close(second.state_dict()[name], value)


def test_none_below_tells_a_sets_own_photos_from_others() -> None:
    cosines = torch.tensor([0.9, 0.8, 0.7, 0.3, 0.2, 0.1])
    fits = torch.tensor([True, True, False, False, False, True])
    threshold, accuracy = fit_none_below(cosines, fits)
    assert threshold == pytest.approx(0.8)
    assert accuracy == pytest.approx((2 / 3 + 1) / 2)


def test_one_kind_of_photos_gives_no_threshold() -> None:
    corpus, data, model = tiny_corpus()
    cosines, fits = best_cosines(model, corpus.labelled, corpus.label_texts, data.labelled[0])
    assert len(cosines)
    assert fits.all()
    assert fit_none_below(cosines, fits) is None
    assert fit_none_below(cosines, ~fits) is None
    # Where no class has five photos, none is held back.
    none = replace(corpus.labelled, held_back=np.zeros_like(corpus.labelled.held_back))
    assert fit_none_below(*best_cosines(model, none, corpus.label_texts, data.labelled[0])) is None
