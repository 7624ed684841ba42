"""A whole run: caches, dual encoder, summaries, ranker, calibration, checkpoint.

Each stage leaves a file in the run's folder; a run that was stopped goes on after the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from r2d2.architecture import R2D2, R2D2Config
from r2d2.architecture.model import save_checkpoint
from r2d2.data.captions import read_captions
from r2d2.data.corpus import Corpus, load_corpus
from r2d2.data.phrases import find_phrases
from r2d2.data.text_cache import encode_texts, tokenize
from r2d2.evaluation.encoders import CheckpointEncoder
from r2d2.evaluation.report import evaluate_model, read_validation, table
from r2d2.evaluation.teacher import classifier_probabilities
from r2d2.training.align import AlignData, Aligner, DualHeads
from r2d2.training.calibrate import calibrate_model
from r2d2.training.config import TrainConfig
from r2d2.training.features import encode_cached, pooled_features
from r2d2.training.joining import join_heads
from r2d2.training.rank import RankTrainer, warm_start
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

    def align(member: int) -> DualHeads:
        log.line(f"member {member + 1} / {options.align.members}")
        aligner = Aligner(corpus, aligned, config, options.align, options.seed + member)
        return aligner.train(log)

    members = [
        _stage(folder / f"member-{i}.pt", lambda i=i: align(i), log)  # type: ignore[misc]
        for i in range(options.align.members)
    ]

    def summarize(member: int) -> DualHeads:
        log.line(f"summary {member + 1} / {options.rank.summary_members}")
        # Whole captions alone: names, labels and phrases have the embedding.
        alone = replace(
            options.align,
            epochs=options.rank.summary_epochs,
            fragments=0.0,
            name_weight=0.0,
            label_weight=0.0,
        )
        seed = options.seed + 50 + member
        return Aligner(corpus, aligned, summary_sizes(config), alone, seed).train(log)

    summaries = [
        _stage(folder / f"summary-{i}.pt", lambda i=i: summarize(i), log)  # type: ignore[misc]
        for i in range(options.rank.summary_members)
    ]
    model = assemble(model, members, summaries, aligned)
    with torch.inference_mode():
        embeddings = model.image_encoder.embedding_head(aligned.photos[0]).clone()
    trainer = RankTrainer(model, corpus, embeddings, options.rank, options.seed)

    def rank() -> dict[str, Any]:
        warm_start(model, aligned.photos[0], aligned.captions[::_WARM_START_STEP])
        trainer.train(log, RankWatch(model, corpus))
        return trainer.parts.state_dict()

    trainer.parts.load_state_dict(_stage(folder / "ranker.pt", rank, log))

    encoder = CheckpointEncoder(model, corpus.tokenizer)
    calibrate_model(encoder, encode_cached(model, corpus.val, corpus.captions))
    checkpoint = folder / "checkpoint.pt"
    save_checkpoint(checkpoint, model, seed=options.seed, metrics={})
    log.line("measuring")
    validation = read_validation(data)
    teacher = classifier_probabilities(validation.labelled_photos)
    metrics = evaluate_model(encoder, validation, 0, teacher)
    save_checkpoint(checkpoint, model, seed=options.seed, metrics=metrics)
    log.line("done\n" + table(metrics))
    log.finish(asdict(options), metrics)
    return checkpoint


def summary_sizes(config: R2D2Config) -> R2D2Config:
    """The sizes of embedding heads that make summaries."""
    image, text = config.image, config.text
    return replace(
        config,
        embedding_width=image.summary_width,
        image=replace(image, head_width=image.summary_head_width),
        text=replace(text, head_width=text.summary_head_width),
    )


def assemble(
    pretrained: R2D2, members: list[DualHeads], summaries: list[DualHeads], data: AlignData
) -> R2D2:
    """The pretrained encoders under joined heads; token heads and ranker start anew."""
    config = pretrained.config
    image, text = join_heads(members, data, config)
    image_summary, text_summary = join_heads(summaries, data, summary_sizes(config))
    config = replace(
        config,
        image=replace(
            config.image,
            head_width=image.expand.out_features,
            summary_head_width=image_summary.expand.out_features,
        ),
        text=replace(
            config.text,
            head_width=text.expand.out_features,
            summary_head_width=text_summary.expand.out_features,
        ),
    )
    model = R2D2(config)
    for encoder, frozen in (
        (model.image_encoder.backbone, pretrained.image_encoder.backbone),
        (model.text_encoder.bert, pretrained.text_encoder.bert),
        (model.image_encoder.embedding_head, image),
        (model.text_encoder.embedding_head, text),
        (model.image_encoder.summary_head, image_summary),
        (model.text_encoder.summary_head, text_summary),
    ):
        encoder.load_state_dict(frozen.state_dict())
    model.log_logit_scale.data.copy_(members[0].caption_scale)
    return model.eval()
