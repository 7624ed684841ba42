"""A whole run: caches, dual encoder, folds, ranker, calibration, checkpoint.

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
from r2d2.evaluation.report import (
    ValidationData,
    encode_validation,
    evaluate_model,
    read_validation,
    rerank_sources,
    table,
)
from r2d2.evaluation.reranking import matching_pairs
from r2d2.evaluation.teacher import classifier_probabilities
from r2d2.training.align import AlignData, Aligner, DualHeads
from r2d2.training.calibrate import fit_calibration, fit_rerank_weights
from r2d2.training.config import TrainConfig
from r2d2.training.features import pooled_features
from r2d2.training.joining import join_heads
from r2d2.training.mining import embed_folds
from r2d2.training.rank import RankParts, RankTrainer
from r2d2.training.run_log import RunLog
from r2d2.training.watch import RankWatch

_EVALUATED_QUERIES = 600


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
    backbone = model.image_encoder.backbone
    sources = read_captions(data / "flickr8k-cn", ("train", "none"))
    phrases = find_phrases(sources, corpus.train.names)
    tokens = tokenize(corpus.tokenizer, phrases.texts, config.text)
    return AlignData(
        pooled_features(corpus.train.features, backbone),
        pooled_features(corpus.labelled_features, backbone),
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
    model = _with_heads(model, config, members, aligned)

    folds = _stage(
        folder / "folds.pt",
        lambda: embed_folds(
            corpus, aligned, config, options.align, options.rank, options.seed + 100, log
        ),
        log,
    )

    def rank() -> dict[str, Any]:
        trainer = RankTrainer(model, corpus, folds, options.rank, options.seed)
        trainer.train(log, RankWatch(model, corpus))
        return trainer.parts.state_dict()

    RankParts(model).load_state_dict(_stage(folder / "ranker.pt", rank, log))

    validation = read_validation(data)
    calibrate_model(model, CheckpointEncoder(model, corpus.tokenizer), validation)
    checkpoint = folder / "checkpoint.pt"
    save_checkpoint(checkpoint, model, seed=options.seed, metrics={})
    log.line("measuring")
    encoder = CheckpointEncoder.load(checkpoint)
    teacher = classifier_probabilities(validation.labelled_photos)
    metrics = evaluate_model(encoder, validation, _EVALUATED_QUERIES, teacher)
    save_checkpoint(checkpoint, encoder.model, seed=options.seed, metrics=metrics)
    log.line("done\n" + table(metrics))
    log.finish(asdict(options), metrics)
    return checkpoint


def _with_heads(model: R2D2, config: R2D2Config, members: list[DualHeads], data: AlignData) -> R2D2:
    """The pretrained encoders under the members' joined heads; the ranker starts anew."""
    image, text = join_heads(members, data, config)
    config = replace(
        config,
        image=replace(config.image, head_width=image.expand.out_features),
        text=replace(config.text, head_width=text.expand.out_features),
    )
    joined = R2D2(config)
    joined.image_encoder.backbone.load_state_dict(model.image_encoder.backbone.state_dict())
    joined.text_encoder.bert.load_state_dict(model.text_encoder.bert.state_dict())
    joined.image_encoder.embedding_head.load_state_dict(image.state_dict())
    joined.text_encoder.embedding_head.load_state_dict(text.state_dict())
    joined.log_logit_scale.data.copy_(members[0].caption_scale)
    return joined.eval()


def calibrate_model(model: R2D2, encoder: CheckpointEncoder, validation: ValidationData) -> None:
    """Fits re-rank weights and match calibration on validation queries, into the model."""
    encoded = encode_validation(encoder, validation)
    sources = rerank_sources(encoder, encoded, _EVALUATED_QUERIES)
    weights = fit_rerank_weights([reranked for _, reranked in sources])
    pairs = [
        matching_pairs(reranked, encoder, encoded.tokens, sample.tokens)
        for sample, reranked in sources
    ]
    calibration = fit_calibration(
        torch.cat([match for match, _ in pairs]), torch.cat([truth for _, truth in pairs])
    )
    model.rerank_weights.copy_(torch.tensor(weights))
    model.calibration.copy_(torch.tensor([calibration.scale, calibration.shift]))
