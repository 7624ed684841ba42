"""What a student learns from a teacher's similarities, features or ranking."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from r2d2.losses.contrastive import soften


def target_guided(photos: Tensor, texts: Tensor, scale: Tensor, share: float) -> Tensor:
    """Contrastive targets [N, N] that punish alike pairs less (R2D2, target-guided distillation).

    `photos` and `texts` are the teacher's embeddings [N, D]. Texts are also compared among
    themselves: different photos whose captions say the same are not wrong for one another.
    """
    similarities = scale * (photos @ texts.T + texts @ photos.T + texts @ texts.T) / 2
    return soften(similarities, share)


def feature_guided(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared distance of directions [..., D] (R2D2, feature-guided distillation).

    The teacher, a momentum model, has read everything; the student only a part of it.
    """
    cosines = F.cosine_similarity(student, teacher.detach(), dim=-1)
    return 2 - 2 * cosines.mean()


def ranking_guided(logits: Tensor, teacher: Tensor) -> Tensor:
    """Cross entropy of photo-text logits [N, N] under a cross encoder's, both ways.

    After DistilledDualEncoder: the dual encoder learns the order that only the slow model sees.
    """
    teacher = teacher.detach()
    losses = [
        -(wanted.softmax(1) * given.log_softmax(1)).sum(1).mean()
        for given, wanted in ((logits, teacher), (logits.T, teacher.T))
    ]
    return torch.stack(losses).mean()
