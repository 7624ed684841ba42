"""Where training runs: on the machine's accelerator where it has one, else on the processor.

Data stays in the host's memory, and so does all drawing of examples; a step brings what it reads to
where the weights are. What is cached, kept or saved has come back to the host.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import torch
from torch import Tensor, nn


def best_device() -> torch.device:
    """The accelerator, or the processor; under `torchrun` each process of a machine has its own."""
    found = torch.accelerator.current_accelerator(check_available=True)
    if found is None:
        return torch.device("cpu")
    rank = int(os.environ.get("LOCAL_RANK", "0"))
    return torch.device(found.type, rank % torch.accelerator.device_count())


def device_of(module: nn.Module) -> torch.device:
    """Where a module's weights are."""
    return next(module.parameters()).device


def half_precision(device: torch.device, enabled: bool = True) -> torch.autocast:
    """Matrix products in bfloat16."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)


def on_host(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights by name, in the host's memory."""
    return {name: weight.cpu() for name, weight in state.items()}


def random_states() -> list[Tensor]:
    """The states of the random numbers that dropout draws: the host's, then the accelerator's."""
    device = best_device()
    states = [torch.get_rng_state()]
    if device.type != "cpu":
        states.append(torch.get_device_module(device).get_rng_state(device))
    return states


def set_random_states(states: list[Tensor]) -> None:
    """Inverse of `random_states`; what another kind of device left is passed over."""
    device = best_device()
    torch.set_rng_state(states[0])
    if device.type != "cpu" and len(states) > 1:
        torch.get_device_module(device).set_rng_state(states[1], device)
