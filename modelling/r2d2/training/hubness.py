"""Fits what photos' hubness is measured against: banks of training texts, kept as anchors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from r2d2.architecture import R2D2
from r2d2.data.corpus import Corpus
from r2d2.training.dual_heads import AlignData

_ROUNDS = 10
_AT_ONCE = 8192


@torch.inference_mode()
def find_anchors(texts: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Spherical k-means of unit vectors [N, W] → anchors [count, W] and the share of each.

    Where there are fewer texts than anchors, the anchors left over have no share.
    """
    start = torch.randperm(len(texts), generator=generator)[:count]
    anchors = F.pad(texts[start], (0, 0, 0, count - len(start)))
    nearest = torch.zeros(len(texts), dtype=torch.long)
    for _ in range(_ROUNDS):
        nearest = torch.cat([(part @ anchors.T).argmax(1) for part in torch.split(texts, _AT_ONCE)])
        anchors = F.normalize(torch.zeros_like(anchors).index_add_(0, nearest, texts), dim=1)
    return anchors.clone(), torch.bincount(nearest, minlength=count) / len(texts)


@torch.no_grad()
def fit_hubness(model: R2D2, corpus: Corpus, data: AlignData, seed: int) -> None:
    """Gives a model its anchors.

    The first expert's bank are the training captions; the others', which are asked for short texts,
    the phrases.
    """
    generator = torch.Generator().manual_seed(seed)
    rows = np.unique(np.concatenate([t.rows.reshape(-1) for t in corpus.train.sources]))
    hubness, heads = model.image_encoder.hubness, model.text_encoder.embedding_head
    for i, anchors in enumerate(hubness.anchors):
        bank = data.captions[rows] if i == 0 else torch.from_numpy(data.phrases.states.pooled)
        texts = torch.cat([heads.expert(i)(part) for part in torch.split(bank, _AT_ONCE)])
        found, shares = find_anchors(texts, len(anchors), generator)
        anchors.copy_(found)
        hubness.shares[i] = shares
    photos = torch.cat((data.photos[0], data.labelled[0]))
    raw = hubness.raw(model.image_encoder.embedding_head(photos))
    hubness.centre.copy_(raw.mean(0))
    hubness.spread.copy_(raw.std(0))
