"""A whole run: caches, dual encoder, summaries, ranker, calibration, checkpoint.

Each stage leaves a file in the run's folder; a run that was stopped goes on after the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from r2d2.architecture import R2D2, ExpertConfig, R2D2Config
from r2d2.architecture.model import save_checkpoint
from r2d2.data.captions import read_captions
from r2d2.data.corpus import Corpus, load_corpus
from r2d2.data.phrases import find_phrases
from r2d2.data.text_cache import encode_texts, tokenize
from r2d2.evaluation.encoders import CheckpointEncoder
from r2d2.evaluation.report import evaluate_model, read_validation, table
from r2d2.evaluation.teacher import classifier_probabilities
from r2d2.training.align import AlignData, Aligner, DualHeads, member_heads
from r2d2.training.calibrate import calibrate_model
from r2d2.training.config import ExpertPlan, TrainConfig
from r2d2.training.features import encode_cached, pooled_features
from r2d2.training.joining import join_heads
from r2d2.training.mixing import Heads, mix_experts, with_experts
from r2d2.training.none_of_these import best_cosines, fit_none_below
from r2d2.training.rank import RankTrainer, temper, warm_start
from r2d2.training.run_log import RunLog
from r2d2.training.watch import RankWatch

_WARM_START_STEP = 5


def _stage(path: Path, make: Callable[[], Any], log: RunLog) -> Any:
    """The result of a stage: read where its file exists, else made and written."""
    if path.exists():
        log.line(f"{path.stem}: read from {path.name}")
        return torch.load(path, weights_only=False)
    result = make()
    part = path.with_suffix(".part")
    torch.save(result, part)
    part.replace(path)
    return result


def _align_data(corpus: Corpus, model: R2D2, config: R2D2Config, data: Path) -> AlignData:
    encoder = model.image_encoder
    sources = read_captions(data / "flickr8k-cn", ("train", "none"))
    phrases = find_phrases(sources, corpus.train.names)
    tokens = tokenize(corpus.tokenizer, phrases.texts, config.text)
    return AlignData(
        pooled_features(corpus.train.features, encoder),
        pooled_features(corpus.labelled_features, encoder),
        torch.from_numpy(corpus.captions.pooled),
        torch.from_numpy(encode_texts(model.text_encoder.bert, tokens).pooled),
        torch.from_numpy(phrases.fit),
    )


def train_model(options: TrainConfig, data: Path, cache: Path, folder: Path) -> Path:
    """Trains a model as `options` say and returns its checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    log = RunLog(folder)
    corpus, model, config = load_corpus(data, cache, options.model, options.views)
    corpus.tokenizer.save(str(folder / "tokenizer.json"))
    log.line(f"{len(corpus.train.names)} photos, {len(corpus.captions.texts)} captions")
    aligned = _stage(cache / "align-data.pt", lambda: _align_data(corpus, model, config, data), log)

    def align(plan: ExpertPlan, first_seed: int) -> Heads:
        sizes = ExpertConfig(plan.member_width, plan.hidden, plan.hidden)
        members = []
        for member in range(plan.members):
            log.line(f"{plan.name}: member {member + 1} / {plan.members}")
            seed = first_seed + member
            torch.manual_seed(seed)
            heads = member_heads(config, sizes, plan.align)
            members.append(Aligner(corpus, aligned, heads, plan.align, seed).train(log))
        return join_heads(members, aligned, plan.width)

    experts = [
        _stage(folder / f"expert-{plan.name}.pt", partial(align, plan, options.seed + 10 * i), log)
        for i, plan in enumerate(options.experts)
    ]
    config = with_experts(config, experts)
    heads = _stage(
        folder / "heads.pt",
        lambda: mix_experts(config, experts, corpus, aligned, options.gate, options.seed, log),
        log,
    )
    summary = summary_plan(options, config)
    summaries = _stage(folder / "summary.pt", partial(align, summary, options.seed + 50), log)
    model = assemble(model, config, heads, summaries)
    with torch.inference_mode():
        embeddings = model.image_encoder.embedding_head(aligned.photos[0]).clone()
    trainer = RankTrainer(model, corpus, embeddings, options.rank, options.seed)

    def rank() -> dict[str, Any]:
        warm_start(model, aligned.photos[0], aligned.captions[::_WARM_START_STEP])
        trainer.train(log, RankWatch(model, corpus))
        return trainer.parts.state_dict()

    trainer.parts.load_state_dict(_stage(folder / "ranker.pt", rank, log))
    temper(model, options.rank)

    encoder = CheckpointEncoder(model, corpus.tokenizer)
    calibrate_model(encoder, encode_cached(model, corpus.val, corpus.captions))
    cosines, fits = best_cosines(model, corpus.labelled, corpus.label_texts, aligned.labelled[0])
    none_below, accuracy = fit_none_below(cosines, fits)
    model.none_below.fill_(none_below)
    log.line(f"none of the labels below {none_below:.3f}: right {100 * accuracy:.1f} % of the time")
    checkpoint = folder / "checkpoint.pt"
    save_checkpoint(checkpoint, model, seed=options.seed, metrics={})
    log.line("measuring")
    validation = read_validation(data)
    teacher = classifier_probabilities(validation.labelled_photos)
    left_out = all(plan.align.leave_classes_out for plan in options.experts)
    metrics = evaluate_model(encoder, validation, 0, teacher, left_out)
    save_checkpoint(checkpoint, model, seed=options.seed, metrics=metrics)
    log.line("done\n" + table(metrics))
    log.finish(asdict(options), metrics)
    return checkpoint


def summary_plan(options: TrainConfig, config: R2D2Config) -> ExpertPlan:
    """What the ranker's summaries are: whole captions alone, the rest is in the embedding."""
    align = replace(
        options.experts[0].align,
        epochs=options.rank.summary_epochs,
        fragments=0.0,
        name_weight=0.0,
        label_weight=0.0,
    )
    width, hidden = config.image.summary_width, config.image.summary_head_width
    return ExpertPlan("summary", width, width, hidden, options.rank.summary_members, align)


def assemble(pretrained: R2D2, config: R2D2Config, heads: DualHeads, summaries: Heads) -> R2D2:
    """The pretrained encoders under trained heads; token heads and ranker start anew."""
    image_summary, text_summary = summaries
    model = R2D2(
        replace(
            config,
            image=replace(config.image, summary_head_width=image_summary.expand.out_features),
            text=replace(config.text, summary_head_width=text_summary.expand.out_features),
        )
    )
    for encoder, trained in (
        (model.image_encoder.backbone, pretrained.image_encoder.backbone),
        (model.text_encoder.bert, pretrained.text_encoder.bert),
        (model.image_encoder.embedding_head, heads.image),
        (model.text_encoder.embedding_head, heads.text),
        (model.image_encoder.summary_head, image_summary),
        (model.text_encoder.summary_head, text_summary),
    ):
        encoder.load_state_dict(trained.state_dict())
    model.log_logit_scale.data.copy_(heads.caption_scale)
    return model.eval()
