"""A run of the captioner's training: data, training, checkpoint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import torch
from torch.nn import functional as F

from r2d2.architecture.captioner import (
    TOKENIZER_FILE,
    Captioner,
    TrainedCaptioner,
    digest_of,
    load_captioner,
    save_captioner,
)
from r2d2.architecture.model import load_checkpoint
from r2d2.device import best_device
from r2d2.export.read_back import read_captioner
from r2d2.training.caption import CaptionTrainer, new_captioner
from r2d2.training.caption_data import CaptionData, load_caption_data
from r2d2.training.config import TrainConfig
from r2d2.training.run_log import RunLog


def run_caption_training(
    config: TrainConfig,
    checkpoint: Path,
    start: Path | None,
    data: Path,
    cache: Path,
    folder: Path,
) -> Path:
    """Trains a captioner on the image tokens of `checkpoint`; returns its own checkpoint.

    `start` is the run of a captioner, or a package with one, whose weights and tokenizer it begins
    with.
    """
    options = config.caption
    folder.mkdir(parents=True, exist_ok=True)
    log = RunLog(folder)
    model = load_checkpoint(checkpoint)[0].to(best_device())
    begun = None if start is None else _begun(start)
    corpus = load_caption_data(model, data, cache, options, begun.tokenizer if begun else None)
    image = model.config.image
    torch.manual_seed(config.seed)
    captioner = new_captioner(
        options, corpus.tokenizer.get_vocab_size(), image.token_count, image.token_width
    )
    if begun is not None:
        begin_with(captioner, begun.model)
    about = {
        "checkpoint": digest_of(checkpoint),
        "start": str(start),
        "data": _digest_of_captions(corpus),
    }
    trainer = CaptionTrainer(captioner, corpus, options, config.seed, log, about)
    size = sum(parameter.numel() for parameter in captioner.parameters())
    log.line(f"{len(corpus.views[0])} photos, {size / 1e6:.1f} M parameters")
    captioner = trainer.train(folder / "captioner.state")
    path = folder / "captioner.pt"
    corpus.tokenizer.save(str(folder / TOKENIZER_FILE))
    save_captioner(
        path,
        captioner,
        epoch=trainer.best.epoch,
        score=trainer.best.score,
        checkpoint=about["checkpoint"],
    )
    log.finish(asdict(options), {"CIDEr of both languages, greedy": trainer.best.score})
    return path


def _digest_of_captions(corpus: CaptionData) -> str:
    """One of what is learned from and measured by, photo after photo."""
    learned = [targets.ids for targets in corpus.targets.values()]
    captions = json.dumps([learned, corpus.val_references])
    return hashlib.sha256(captions.encode()).hexdigest()


def _begun(start: Path) -> TrainedCaptioner:
    checkpoint = start / "captioner.pt"
    return load_captioner(checkpoint) if checkpoint.exists() else read_captioner(start)


def begin_with(captioner: Captioner, older: Captioner) -> None:
    """Copies an older captioner's weights; the photo may have another number of cells since."""
    state = older.state_dict()
    cells = round(captioner.config.image_tokens**0.5)
    side = round(older.config.image_tokens**0.5)
    positions = state["memory.positions"].T.unflatten(1, (side, side))[None]
    stretched = F.interpolate(positions, (cells, cells), mode="bilinear", align_corners=True)
    captioner.load_state_dict(state | {"memory.positions": stretched[0].flatten(1).T})
