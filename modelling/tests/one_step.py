"""Steps of all stages on the synthetic corpus; under `torchrun`, each process takes a share.

`one_step.py OUT` writes the losses and the gradients that the first process ends with, and the
weights of all processes after some epochs.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from synthetic import (
    ALIGN,
    CONFIG,
    DISTIL,
    RANK,
    TUNE,
    TUNE_TEXT,
    taught_photos,
    tiny_corpus,
)
from torch import nn

from r2d2.architecture import ExpertConfig
from r2d2.training import distributed
from r2d2.training.align import Aligner, member_heads
from r2d2.training.backbone import BackboneTuner
from r2d2.training.rank import RankTrainer
from r2d2.training.run_log import RunLog
from r2d2.training.text_layers import TextTuner, where_pieces_lie
from r2d2.training.view_student import ViewStudent


def gradients(module: nn.Module) -> dict[str, torch.Tensor]:
    return {
        name: parameter.grad.clone()
        for name, parameter in module.named_parameters()
        if parameter.grad is not None
    }


def one_step() -> dict[str, Any]:
    """Losses and gradients by stage."""
    torch.set_num_threads(1)
    corpus, data, model = tiny_corpus()
    torch.manual_seed(0)
    options = replace(ALIGN, queue=32, feature_targets=0.5, chunk=8)
    heads = member_heads(CONFIG, ExpertConfig(16, 32, 32), options)
    aligner = Aligner(corpus, data, heads, options, 0)
    rows = np.arange(48)
    # The second step meets what the first one left in the queues.
    aligner._step(rows, epoch=options.momentum_from_epoch)
    aligned = aligner._step(rows + 48, epoch=options.momentum_from_epoch)
    embeddings = model.image_encoder.embedding_head(data.photos[0]).detach()
    ranker = RankTrainer(model, corpus, embeddings, replace(RANK, dropout=0.0, matching=0.5), 0)
    ranked = ranker._step(np.arange(24))
    photos = BackboneTuner(corpus, data, model.image_encoder, CONFIG, TUNE, 0)
    tuned = photos._step(rows, TUNE.frozen_epochs)
    kept = where_pieces_lie(model.text_encoder.bert, corpus, CONFIG)
    texts = TextTuner(corpus, data, model.text_encoder, CONFIG, TUNE_TEXT, 0, kept)
    tuned_texts = texts._step(rows, TUNE_TEXT.frozen_epochs)
    taught = taught_photos(corpus, model)
    student = ViewStudent(model.image_encoder, taught, DISTIL, 0)
    distance = student._step(taught[0], rows)
    return {
        "align": (aligned, gradients(aligner.heads)),
        "rank": (ranked, gradients(ranker.parts)),
        "tune": (tuned, gradients(photos.parts)),
        "tune text": (tuned_texts, gradients(texts.parts)),
        "distil": ({"distance": distance}, gradients(student.parts)),
    }


def weights_of_all(folder: Path) -> torch.Tensor:
    """The heads' weights in each process after two epochs, [processes, weights]."""
    corpus, data, _ = tiny_corpus()
    options = replace(ALIGN, epochs=2)
    heads = member_heads(CONFIG, ExpertConfig(16, 32, 32), options)
    log = RunLog(folder)
    trained = Aligner(corpus, data, heads, options, 0).train(log, folder / "align.state")
    return distributed.gather(torch.cat([p.flatten() for p in trained.parameters()])[None])


if __name__ == "__main__":
    distributed.start()
    out = Path(sys.argv[1])
    found = one_step() | {"weights": weights_of_all(out.parent)}
    if distributed.is_first():
        torch.save(found, out)
    distributed.stop()
