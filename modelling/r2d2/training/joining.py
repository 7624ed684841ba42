"""Joins the heads of several members into one wide head that scores like their mean.

The members' outputs side by side have as their dot product the sum of the members' dot products;
a projection onto the directions that photos and captions use most brings that back to one
embedding's width. So an ensemble costs a few more kilobytes, not several models.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from r2d2.architecture.heads import EmbeddingHead, standardize
from r2d2.training.dual_heads import AlignData, DualHeads


def _raw(head: EmbeddingHead, pooled: Tensor) -> Tensor:
    """A head's output before it is scaled to unit length."""
    x = head.norm(standardize(pooled, head.blocks))
    out: Tensor = head.linear(x) + head.project(F.gelu(head.expand(x)))
    return out


def _wide(members: list[EmbeddingHead], scales: list[float], projection: Tensor) -> EmbeddingHead:
    """One head with all members' hidden units; `projection` is [D, members * width]."""
    hidden = sum(member.expand.out_features for member in members)
    head = EmbeddingHead(members[0].blocks, hidden, len(projection))
    linear, linear_bias, expand, expand_bias, project = [], [], [], [], []
    for member, scale in zip(members, scales, strict=True):
        gain, shift = member.norm.weight, member.norm.bias
        linear.append(scale * member.linear.weight * gain)
        linear_bias.append(
            scale * (member.linear.weight @ shift + member.linear.bias + member.project.bias)
        )
        expand.append(member.expand.weight * gain)
        expand_bias.append(member.expand.weight @ shift + member.expand.bias)
        project.append(scale * member.project.weight)
    head.linear.weight.data = projection @ torch.cat(linear)
    head.linear.bias.data = projection @ torch.cat(linear_bias)
    head.expand.weight.data = torch.cat(expand)
    head.expand.bias.data = torch.cat(expand_bias)
    head.project.weight.data = projection @ torch.block_diag(*project)  # type: ignore[no-untyped-call]
    head.project.bias.data.zero_()
    return head.eval()


@torch.no_grad()
def join_heads(
    members: list[DualHeads], data: AlignData, width: int
) -> tuple[EmbeddingHead, EmbeddingHead]:
    """One image head and one text head for all members of an expert, `width` values wide."""
    photos = torch.cat((data.photos[0], data.labelled[0]))
    texts = data.captions[:: max(1, len(data.captions) // 20000)]
    sides = []
    for heads, pooled in (
        ([member.image.expert(0) for member in members], photos),
        ([member.text.expert(0) for member in members], texts),
    ):
        outputs = [_raw(head, pooled) for head in heads]
        scales = [1 / float(output.norm(dim=1).mean()) for output in outputs]
        joined = F.normalize(
            torch.cat([o * s for o, s in zip(outputs, scales, strict=True)], 1), dim=1
        )
        sides.append((heads, scales, joined.T @ joined / len(joined)))
    _, directions = torch.linalg.eigh(sides[0][2] + sides[1][2])
    projection = directions[:, -width:].T.contiguous()
    image, text = (_wide(heads, scales, projection) for heads, scales, _ in sides)
    return image, text
