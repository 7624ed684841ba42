"""Reads checkpoint files safely, and fills modules with their tensors or says what is wrong."""

import json
import pickle
import re
import struct
import zipfile
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from r2d2.errors import R2D2Error

# What training scripts put beside weights, and what reading a broken file raises.
_HARMLESS: list[Any] = [
    Namespace,
    np.dtype,
    np.ndarray,
    # What arrays and single numbers are made again by.
    np.empty(0).__reduce__()[0],
    np.float64(0).__reduce__()[0],
    *(type(np.dtype(kind)) for kind in ("f2", "f4", "f8", "i4", "i8", "?")),
]
_UNREADABLE = (
    pickle.UnpicklingError,
    struct.error,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    AssertionError,
    AttributeError,
    TypeError,
)
SHOWN = 5
"""How many names an error message lists."""


class ConversionError(R2D2Error):
    """A checkpoint or its configuration cannot be converted."""


class Checkpoint:
    """Named tensors of a file, and which of them have been used.

    `extra` is what the file holds beside the weights, `others` are names among the weights that
    stand for something else than a tensor.
    """

    def __init__(
        self,
        path: Path,
        tensors: dict[str, Tensor],
        extra: dict[str, Any] | None = None,
        others: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.tensors = tensors
        self.extra = extra or {}
        self.others = others
        self.used: set[str] = set()

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor that has to be there."""
        tensor = self.tensors.get(name)
        if tensor is None:
            raise ConversionError(f"{self.path}: the tensor {name} is missing")
        if tensor.numel() == 0:
            raise ConversionError(f"{self.path}: {name} has shape {list(tensor.shape)}: no values")
        return tuple(tensor.shape)

    def matrix(self, name: str) -> tuple[int, int]:
        """Rows and columns of a matrix that has to be there."""
        shape = self.shape(name)
        if len(shape) != 2:
            raise ConversionError(f"{self.path}: {name} has shape {list(shape)}, not two axes")
        return shape[0], shape[1]

    def layers(self, prefix: str) -> int:
        """Number of layers, from the indices in names that begin with `prefix`: none may lack."""
        pattern = re.compile(re.escape(prefix) + r"(\d+)\.")
        indices = {int(match[1]) for name in self.tensors if (match := pattern.match(name))}
        count = len(indices)
        if indices != set(range(count)) or not indices:
            lacking = next(index for index in range(count + 1) if index not in indices)
            raise ConversionError(f"{self.path}: no tensor is named {prefix}{lacking}.…")
        return count

    def has(self, prefix: str) -> bool:
        """Whether a tensor's name begins with `prefix`."""
        return any(name.startswith(prefix) for name in self.tensors)

    def scalar(self, name: str) -> float:
        """A single finite number that has to be there."""
        if self.shape(name) not in ((), (1,)):
            raise ConversionError(f"{self.path}: {name} has shape {list(self.shape(name))}")
        return float(self._checked(name))

    def fill(self, module: nn.Module, prefix: str) -> None:
        """Give every parameter of a module the tensor of its name behind `prefix`, in float32.

        The module may live on the meta device: tensors are taken over, not copied.
        """
        wanted = {name: parameter.shape for name, parameter in module.named_parameters()}
        missing = [prefix + name for name in wanted if prefix + name not in self.tensors]
        if missing:
            raise ConversionError(
                f"{self.path}: {_count(missing, 'tensor')} missing: {_names(missing)}"
            )
        state = {}
        for name, shape in wanted.items():
            full = prefix + name
            if self.shape(full) != tuple(shape):
                raise ConversionError(
                    f"{self.path}: {full} has shape {list(self.shape(full))}, "
                    f"expected {list(shape)}"
                )
            state[name] = self._checked(full)
        module.load_state_dict(state, assign=True)

    def _checked(self, name: str) -> Tensor:
        tensor = self.tensors[name]
        if not tensor.is_floating_point():
            raise ConversionError(f"{self.path}: {name} holds {tensor.dtype}, not floats")
        if not torch.isfinite(tensor).all():
            raise ConversionError(f"{self.path}: {name} holds NaN or infinite values")
        self.used.add(name)
        return tensor.float()

    def unused(self, expected: Iterable[str]) -> list[str]:
        """Names that nothing read, without those that match a regular expression of `expected`."""
        patterns = [re.compile(each) for each in expected]
        return sorted(
            name
            for name in {*self.tensors, *self.others, *self.extra} - self.used
            if not any(pattern.fullmatch(name) for pattern in patterns)
        )


def _unsafe(path: Path) -> str:
    """Why PyTorch will not read a zipped checkpoint: it would say to read it unsafely."""
    try:
        with torch.serialization.safe_globals(_HARMLESS):
            found = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except _UNREADABLE:
        found = []
    if not found:
        return "it is cut off or damaged"
    return (
        f"beside weights it holds {_names(sorted(found))}, which is code: save its weights alone "
        "where it can be trusted"
    )


def read_checkpoint(path: Path, weights_under: str | None = None) -> Checkpoint:
    """Read a file of `torch.save` (weights only) or a .safetensors file.

    With `weights_under` the file is a dict that holds the weights under that key. Raises
    ConversionError for anything else.
    """
    if not path.is_file():
        raise ConversionError(f"{path} is no file")
    if path.suffix == ".safetensors":
        try:
            return Checkpoint(path, safetensors.torch.load_file(path))
        except safetensors.SafetensorError as error:
            raise ConversionError(f"{path} is no checkpoint: {error}") from error
    zipped = zipfile.is_zipfile(path)
    try:
        with torch.serialization.safe_globals(_HARMLESS):
            values = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except _UNREADABLE as error:
        reason = _unsafe(path) if zipped else "it is empty, cut off or something else"
        raise ConversionError(
            f"{path} is no checkpoint that can be read safely: {reason}"
        ) from error
    if not isinstance(values, dict):
        raise ConversionError(f"{path} holds a {type(values).__name__}, not a dict of tensors")
    weights, extra = values, {}
    if weights_under is not None:
        if not isinstance(values.get(weights_under), dict):
            found = _names([str(key) for key in values])
            raise ConversionError(f"{path} has no weights under '{weights_under}', only: {found}")
        weights = values[weights_under]
        extra = {str(key): value for key, value in values.items() if key != weights_under}
    tensors = {str(name): value for name, value in weights.items() if isinstance(value, Tensor)}
    if not tensors:
        raise ConversionError(f"{path} holds no tensors")
    others = [str(name) for name, value in weights.items() if not isinstance(value, Tensor)]
    return Checkpoint(path, tensors, extra, others)


class Config:
    """A JSON configuration file, or a part of one, whose values are checked against the weights."""

    def __init__(self, path: Path, values: dict[str, Any]) -> None:
        self.path = path
        self.values = values

    @classmethod
    def read(cls, path: Path) -> "Config":
        """Read a file; raises ConversionError where it is missing or no JSON object."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConversionError(f"{path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise ConversionError(f"{path} is no JSON: {error}") from error
        if not isinstance(values, dict):
            raise ConversionError(f"{path} is no JSON object")
        return cls(path, values)

    def part(self, name: str) -> "Config":
        """A nested object."""
        values = self.values.get(name)
        if not isinstance(values, dict):
            raise ConversionError(f"{self.path} has no object '{name}'")
        return Config(self.path, values)

    def expect(self, tensor: str, **found: int) -> None:
        """Raise ConversionError where a size is given and is not that of the tensor."""
        for name, value in found.items():
            given = self.values.get(name, value)
            if given != value:
                raise ConversionError(f"{self.path} says {name} {given}, but {tensor} has {value}")

    def choose(self, name: str, *known: str) -> str:
        """A name out of those that are known; the first where none is given."""
        given = self.values.get(name, known[0])
        if given not in known:
            raise ConversionError(f"{self.path} says {name} {given}, known is {' or '.join(known)}")
        return str(given)

    def heads(self, width: int) -> int:
        """The number of attention heads, which no tensor tells; it has to divide the width."""
        heads = self.values.get("num_attention_heads")
        if not isinstance(heads, int) or heads < 1:
            raise ConversionError(f"{self.path} gives no num_attention_heads")
        if width % heads:
            raise ConversionError(f"{self.path}: {heads} heads do not divide the width {width}")
        return heads

    def number(self, name: str, default: float) -> float:
        """A number, or its default."""
        value = self.values.get(name, default)
        if not isinstance(value, int | float):
            raise ConversionError(f"{self.path} says {name} {value!r}, which is no number")
        return float(value)


def _count(names: list[str], noun: str) -> str:
    return f"1 {noun} is" if len(names) == 1 else f"{len(names)} {noun}s are"


def _names(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
