"""Where a stage of training is, on disk: a run that was stopped goes on after its last epoch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from r2d2.device import random_states, set_random_states
from r2d2.errors import R2D2Error
from r2d2.training.distributed import is_first


class Stateful(Protocol):
    """What changes while a stage trains: weights, optimizer, schedule, averages, queues."""

    def state_dict(self) -> Mapping[str, Any]:
        """Everything that is needed to go on."""

    def load_state_dict(self, state: Any) -> Any:
        """Inverse of `state_dict`."""


class Progress:
    """Saves a stage after every epoch; a stage that goes on takes the steps it would have taken.

    `options` are what the stage was started with. With several processes the file has to be where
    all of them can read it; the first one writes.
    """

    def __init__(
        self,
        path: Path,
        options: Mapping[str, Any],
        parts: Mapping[str, Stateful],
        rng: np.random.Generator,
        generator: torch.Generator | None = None,
    ) -> None:
        self.path, self.options, self.parts = path, dict(options), parts
        self.rng, self.generator = rng, generator or torch.default_generator

    def load(self) -> int:
        """Brings everything back to the last saved epoch; how many were done, 0 without a file.

        Raises `R2D2Error` where the file was written under other options.
        """
        if not self.path.exists():
            return 0
        state = torch.load(self.path, map_location="cpu", weights_only=False)
        begun, asked = state["options"], self.options
        other = sorted(name for name in begun | asked if begun.get(name) != asked.get(name))
        if other:
            raise R2D2Error(
                f"{self.path} was begun with other options ({', '.join(other)}): remove it to"
                " begin anew"
            )
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        self.rng.bit_generator.state = state["numpy"]
        self.generator.set_state(state["generator"])
        set_random_states(state["torch"])
        done: int = state["epochs"]
        return done

    def save(self, epochs: int) -> None:
        """Writes the state after so many epochs; the file is whole or the old one."""
        if not is_first():
            return
        state = {
            "epochs": epochs,
            "options": self.options,
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "numpy": self.rng.bit_generator.state,
            "generator": self.generator.get_state(),
            "torch": random_states(),
        }
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.path)
