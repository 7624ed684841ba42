"""Several processes, on one machine or many, under `torchrun`: each takes its share of a batch.

All processes draw the same batches, since they count on the same seed, and embed a share of each.
Embeddings are gathered with their gradient, so that contrast is over the whole batch, and the
gradients of the weights are averaged as DistributedDataParallel does: two processes take the very
steps that one takes alone. Its wrapper is not used, because a step passes the heads several times
and may go through them in chunks. Without `torchrun` every function here does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed

from r2d2.device import best_device
from r2d2.errors import R2D2Error

# How long processes wait for the one that fills the caches.
_PATIENCE = timedelta(hours=24)


def start() -> None:
    """Joins the processes that `torchrun` started, where it did; call it once, at first."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not distributed.is_initialized():
        device = best_device()
        if device.type != "cpu":
            torch.accelerator.set_device_index(device.index)
        backend = distributed.get_default_backend_for_device(device)
        distributed.init_process_group(backend, timeout=_PATIENCE)


def stop() -> None:
    """Leaves the other processes, when all have come here."""
    if distributed.is_initialized():
        wait_for_all()
        distributed.destroy_process_group()


def processes() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def is_first() -> bool:
    """Whether this process is the one that writes logs and files."""
    return not distributed.is_initialized() or distributed.get_rank() == 0


def wait_for_all() -> None:
    """Returns when every process has come here."""
    if processes() > 1:
        distributed.barrier()


@contextmanager
def first_goes_ahead() -> Iterator[None]:
    """Lets the first process through alone; the others follow and find the files it wrote."""
    if not is_first():
        wait_for_all()
    yield
    if is_first():
        wait_for_all()


def share(count: int) -> slice:
    """This process's part of a batch; raises `R2D2Error` where it cannot be cut evenly."""
    size, rest = divmod(count, processes())
    if rest:
        raise R2D2Error(f"a batch of {count} has no equal shares for {processes()} processes")
    first = size * distributed.get_rank() if processes() > 1 else 0
    return slice(first, first + size)


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        parts = [torch.empty_like(part) for _ in range(processes())]
        distributed.all_gather(parts, part.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous()
        distributed.all_reduce(total)
        return total[share(len(total))]


def gather(part: Tensor) -> Tensor:
    """The shares [N / processes, ...] of all processes as one tensor [N, ...].

    The gradient goes back to the process that a share came from. It is the sum over all processes'
    losses, which `average_gradients` turns into their mean.
    """
    if processes() == 1:
        return part
    whole: Tensor = _Gather.apply(part)
    return whole


def average_gradients(parameters: Iterable[Tensor]) -> None:
    """Replaces each gradient by its mean over the processes, in one message."""
    if processes() == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= processes()
    parts = torch.split(flat, [gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))
