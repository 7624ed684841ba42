"""A whole run: caches, tuned encoders, heads, ranker, hubness, calibration, checkpoint.

Each stage leaves a file in the run's folder, and the stage that is under way its state after every
epoch; a run that was stopped goes on from there.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from r2d2.architecture import R2D2, ExpertConfig, R2D2Config
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.architecture.model import save_checkpoint
from r2d2.data.captions import read_captions
from r2d2.data.corpus import Corpus, load_corpus, with_backbone, with_text_encoder
from r2d2.data.layout import captioned_folder
from r2d2.data.masked_texts import hide_pieces
from r2d2.data.phrases import find_phrases
from r2d2.data.text_cache import TextCache, cached_texts, encode_texts, tokenize
from r2d2.device import best_device, on_host
from r2d2.evaluation.encoders import CheckpointEncoder
from r2d2.evaluation.reliability import reliability_diagram
from r2d2.evaluation.report import evaluate_model, read_validation, table
from r2d2.evaluation.teacher import classifier_probabilities
from r2d2.training import distributed
from r2d2.training.align import Aligner, member_heads
from r2d2.training.backbone import BackboneTuner
from r2d2.training.calibrate import calibrate_model
from r2d2.training.config import AlignConfig, ExpertPlan, RankConfig, TrainConfig
from r2d2.training.continuing import Start
from r2d2.training.distributed import is_first
from r2d2.training.dual_heads import AlignData, DualHeads
from r2d2.training.features import encode_cached, pooled_features
from r2d2.training.hubness import fit_hubness
from r2d2.training.joining import join_heads
from r2d2.training.mixing import Heads, mix_experts, with_experts
from r2d2.training.none_of_these import SOME_LABEL_FITS, best_cosines, fit_none_below
from r2d2.training.phrase_teacher import TaughtPhrases, leave_one_out
from r2d2.training.rank import RankParts, RankTrainer, temper, warm_start
from r2d2.training.run_folder import forget, same_data, same_options, stage
from r2d2.training.run_log import RunLog
from r2d2.training.text_layers import as_read_by, tune_text_layers
from r2d2.training.view_student import DISTILLED, distil
from r2d2.training.watch import RankWatch

_WARM_START_STEP = 5


def _align_data(corpus: Corpus, model: R2D2, config: R2D2Config, data: Path) -> AlignData:
    encoder = model.image_encoder
    sources = read_captions(captioned_folder(data), ("train", "none"))
    phrases = find_phrases(sources, corpus.train.names)
    tokens = tokenize(corpus.tokenizer, phrases.texts, config.text)
    photos = pooled_features(corpus.train.features, encoder)
    fit = torch.from_numpy(phrases.fit)
    return AlignData(
        photos,
        pooled_features(corpus.labelled_features, encoder),
        torch.from_numpy(corpus.captions.pooled),
        TaughtPhrases(
            encode_texts(model.text_encoder.bert, tokens),
            fit,
            leave_one_out(photos, config.image.pooled_widths, fit),
        ),
    )


def _masked_captions(
    corpus: Corpus, model: R2D2, options: RankConfig, folder: Path
) -> TextCache | None:
    """The captions read with some pieces hidden, where the ranker's training asks for them."""
    if not options.reads_masked:
        return None
    texts, config, share = corpus.captions.texts, model.config.text, options.masked_share
    return cached_texts(
        folder / f"captions-masked-{share}",
        lambda: encode_texts(
            model.text_encoder.bert, hide_pieces(texts, corpus.tokenizer, config, share, seed=0)
        ),
    )


def train_model(
    options: TrainConfig, data: Path, cache: Path, folder: Path, begin: Path | None = None
) -> Path:
    """Trains a model as `options` say and returns its checkpoint.

    With the folder of an older run in `begin`, heads, ranker and vocabulary are that run's and are
    trained further. Under `torchrun` several processes train together; all of them have to see the
    same folders.
    """
    distributed.start()
    for batch in options.batches:
        distributed.share(batch)
    folder.mkdir(parents=True, exist_ok=True)
    if is_first():
        same_options(folder, options, begin)
    log = RunLog(folder)
    start = None if begin is None else Start.load(begin, len(options.experts))
    sizes = options.model if start is None else start.sizes(options.model)
    with distributed.first_goes_ahead():
        corpus, model, config = load_corpus(
            data,
            cache,
            sizes,
            options.views,
            None if start is None else start.tokenizer,
            max(options.batches),
        )
        if is_first():
            same_data(folder, corpus)
        aligned = stage(
            cache / f"align-data-{options.views}.pt",
            lambda: _align_data(corpus, model, config, data),
            log,
        )
    if is_first():
        corpus.tokenizer.save(str(folder / "tokenizer.json"))
    log.line(f"{len(corpus.train.names)} photos, {len(corpus.captions.texts)} captions")
    encoder = model.image_encoder

    bert = model.text_encoder.bert

    def tune_backbone() -> dict[str, Tensor]:
        forget(folder / "features")
        tuner = BackboneTuner(corpus, aligned, encoder, config, options.tune, options.seed)
        tuner.train(log, folder / "backbone.state")
        return on_host(encoder.backbone.state_dict())

    tuned = None
    if start is not None:
        tuned = start.model.image_encoder.backbone.state_dict()
    elif options.tune.epochs:
        tuned = stage(folder / "backbone.pt", tune_backbone, log)
    if tuned is not None:
        encoder.backbone.load_state_dict(tuned)
        corpus, aligned = _seen_by(encoder, corpus, aligned, folder / "features")

    def tune_text() -> dict[str, Tensor]:
        forget(folder / "captions")
        text, tune, seed = model.text_encoder, options.tune_text, options.seed
        return tune_text_layers(corpus, aligned, text, config, tune, seed, log, folder)

    tuned = None
    if start is not None:
        tuned = start.model.text_encoder.bert.state_dict()
    elif options.tune_text.epochs:
        tuned = stage(folder / "text.pt", tune_text, log)
    if tuned is not None:
        bert.load_state_dict(tuned)
        with distributed.first_goes_ahead():
            corpus = with_text_encoder(corpus, bert, folder / "captions")
        aligned = as_read_by(bert, aligned, corpus.captions)
    if start is not None or options.tune.epochs:
        aligned = _taught_by_tuned(aligned, config)
    with distributed.first_goes_ahead():
        masked = _masked_captions(corpus, model, options.rank, folder)

    def train_heads(heads: DualHeads, align: AlignConfig, seed: int, name: str) -> DualHeads:
        ranking = start.rank_teacher(corpus) if start and align.rank_targets else None
        aligner = Aligner(corpus, aligned, heads, align, seed, ranking=ranking, name=name)
        return aligner.train(log, folder / f"{name}.state")

    def align(name: str, plan: ExpertPlan, first_seed: int) -> Heads:
        sizes = ExpertConfig(plan.member_width, plan.hidden, plan.hidden)
        members = []
        for member in range(plan.members):
            seed = first_seed + member
            torch.manual_seed(seed)
            heads = member_heads(config, sizes, plan.align)
            members.append(train_heads(heads, plan.align, seed, f"{name}-{member}"))
        return join_heads(members, aligned, plan.width)

    def align_further(name: str, plan: ExpertPlan, seed: int, begun: DualHeads) -> Heads:
        torch.manual_seed(seed)
        heads = train_heads(begun, plan.align, seed, name)
        return heads.image.expert(0), heads.text.expert(0)

    experts = []
    for i, plan in enumerate(options.experts):
        name, seed = f"expert-{plan.name}", options.seed + 10 * i
        make = partial(align, name, plan, seed)
        if start is not None:
            make = partial(align_further, name, plan, seed, start.expert(i, plan.align))
        experts.append(stage(folder / f"{name}.pt", make, log))
    config = with_experts(config, experts)
    heads = stage(
        folder / "heads.pt",
        lambda: mix_experts(config, experts, corpus, aligned, options.gate, options.seed, log),
        log,
    )
    model = assemble(model, config, heads, options.seed)
    if options.distil.epochs:
        encoder = model.image_encoder
        distil(encoder, config, corpus, options, data, folder, log)
        corpus, aligned = _seen_by(encoder.to(best_device()), corpus, aligned, folder / DISTILLED)
        encoder.cpu()
    with torch.inference_mode():
        embeddings = model.image_encoder.embedding_head(aligned.photos[0]).clone()

    def rank() -> dict[str, Any]:
        if start is None:
            warm_start(model, aligned.photos[0], aligned.captions[::_WARM_START_STEP])
        else:
            start.start_ranker(model)
        trainer = RankTrainer(
            model, corpus, embeddings, options.rank, options.seed, masked, aligned.phrases
        )
        trainer.train(log, RankWatch(model, corpus), folder / "ranker.state")
        return trainer.parts.state_dict()

    RankParts(model).load_state_dict(stage(folder / "ranker.pt", rank, log))
    temper(model, options.rank)
    checkpoint = folder / "checkpoint.pt"
    if is_first():
        _finish(model, corpus, aligned, options, data, checkpoint, log)
    distributed.stop()
    return checkpoint


def _seen_by(
    encoder: ImageEncoder, corpus: Corpus, aligned: AlignData, folder: Path
) -> tuple[Corpus, AlignData]:
    """Corpus and data as an encoder's backbone sees photos, which is kept in `folder`.

    The phrases' teacher stays as it was (see `_taught_by_tuned`).
    """
    with distributed.first_goes_ahead():
        corpus = with_backbone(corpus, encoder.backbone, folder)
    return corpus, replace(
        aligned,
        photos=pooled_features(corpus.train.features, encoder),
        labelled=pooled_features(corpus.labelled_features, encoder),
    )


def _taught_by_tuned(aligned: AlignData, config: R2D2Config) -> AlignData:
    """The same with a phrases' teacher that reads photos as the tuned backbone sees them.

    That backbone has learned from the very photos that the teacher judges. It finds more in photos
    all the same, and heads that learn from it do so, too.
    """
    phrases = aligned.phrases
    scores = leave_one_out(aligned.photos, config.image.pooled_widths, phrases.fit)
    return replace(aligned, phrases=replace(phrases, scores=scores))


def _finish(
    model: R2D2,
    corpus: Corpus,
    aligned: AlignData,
    options: TrainConfig,
    data: Path,
    checkpoint: Path,
    log: RunLog,
) -> None:
    """Fits hubness and calibration of a trained model, writes its checkpoint and measures it."""
    fit_hubness(model, corpus, aligned, options.seed)
    encoder = CheckpointEncoder(model, corpus.tokenizer)
    rows = calibrate_model(encoder, encode_cached(model, corpus.val, corpus.captions))
    (checkpoint.parent / "reliability.svg").write_text(reliability_diagram(rows), encoding="utf-8")
    said = "  ".join(f"{row.said:.2f}: {row.was:.2f} ({row.pairs})" for row in rows)
    log.line(f"match probability, what was so of it: {said}")
    cosines = best_cosines(model, corpus.labelled, corpus.label_texts, aligned.labelled[0])
    fitted = fit_none_below(*cosines)
    if fitted is None:
        model.none_below.fill_(SOME_LABEL_FITS)
        log.line("some label always fits: too few labelled photos, or sets of one kind alone")
    else:
        below, accuracy = fitted
        model.none_below.fill_(below)
        log.line(f"none of the labels below {below:.3f}: right {100 * accuracy:.1f} % of the time")
    save_checkpoint(checkpoint, model, seed=options.seed, metrics={})
    log.line("measuring")
    validation = read_validation(data)
    teacher = classifier_probabilities(validation.labelled_photos)
    left_out = all(plan.align.leave_classes_out for plan in options.experts)
    metrics = evaluate_model(encoder, validation, 0, teacher, left_out)
    save_checkpoint(checkpoint, model, seed=options.seed, metrics=metrics)
    log.line("done\n" + table(metrics))
    log.finish(asdict(options), metrics)


def assemble(pretrained: R2D2, config: R2D2Config, heads: DualHeads, seed: int) -> R2D2:
    """The pretrained encoders under trained heads; token heads and ranker start anew.

    They are drawn from `seed`, whatever was drawn before: a run that goes on reads the heads from
    its folder and draws nothing for them.
    """
    torch.manual_seed(seed)
    model = R2D2(config)
    for encoder, trained in (
        (model.image_encoder.backbone, pretrained.image_encoder.backbone),
        (model.text_encoder.bert, pretrained.text_encoder.bert),
        (model.image_encoder.embedding_head, heads.image),
        (model.text_encoder.embedding_head, heads.text),
    ):
        encoder.load_state_dict(trained.state_dict())
    model.log_logit_scale.data.copy_(heads.caption_scale)
    return model.eval()
