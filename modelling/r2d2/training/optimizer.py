"""The optimizer and learning rate schedule that all stages train with."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn


def one_cycle_adamw(
    parameters: Iterable[nn.Parameter],
    learning_rate: float,
    weight_decay: float,
    steps: int,
    betas: tuple[float, float] = (0.9, 0.999),
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """AdamW that decays matrices alone, and one cycle of its rate over `steps` steps."""
    trained = [p for p in parameters if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.dim() > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, learning_rate, betas)
    # A tenth of the steps to rise in, but more than one: PyTorch divides by what is over one.
    rise = min(0.75, max(0.1, 1.5 / steps))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, learning_rate, total_steps=steps, pct_start=rise
    )
    return optimizer, schedule
