"""A captioner read back from a package, for training that goes on where no run is left."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import torch
from onnxscript import optimizer
from torch import Tensor

from r2d2.architecture.captioner import Captioner, CaptionerConfig, TrainedCaptioner
from r2d2.export.graph import weight_of
from r2d2.export.package import Package
from r2d2.export.weights import ZERO_POINT, Bytes, Floats
from r2d2.export.writer import PackageError

_LARGEST = 10**9


def read_captioner(folder: Path) -> TrainedCaptioner:
    """The captioner of a package in evaluation mode, its weights as exact as they are stored.

    Raises PackageError where the folder is no package, and where its captioner is missing, damaged
    or in 4 bits, which are too few to go on from.
    """
    package = Package(folder)
    if package.caption is None:
        raise PackageError(f"{folder} has no captioner; name a package that has one")
    path = folder / package.checked_entry("captioner")["file"]
    graph = ir.load(path)
    if any(node.op_type == "MatMulNBits" for node in graph.graph):
        raise PackageError(f"{path} is in 4 bits: name a package in 8 or 32")
    weights = _weights(graph)
    captioner = Captioner(_config(package.caption, weights))
    captioner.load_state_dict({name: weights[name] for name in captioner.state_dict()})
    return TrainedCaptioner(captioner.eval(), package.caption_tokenizer)


def _config(caption: dict[str, Any], weights: dict[str, Tensor]) -> CaptionerConfig:
    """What the manifest says of a captioner and what its weights' shapes say."""
    cells, image_width = weights["memory.positions"].shape
    vocabulary, width = weights["words.weight"].shape
    return CaptionerConfig(
        vocabulary=vocabulary,
        start_tokens=caption["startTokens"],
        end_token=caption["endToken"],
        unwritten=tuple(weights["never"].nonzero().flatten().tolist()),
        image_tokens=cells,
        image_width=image_width,
        max_tokens=caption["maxTokens"],
        layers=caption["layers"],
        width=width,
        heads=caption["heads"],
        mlp_width=len(weights["layers.0.expand.bias"]),
    )


def _weights(model: ir.Model) -> dict[str, Tensor]:
    """All weights under the names that they have in PyTorch.

    Vectors and small tables keep their names in a graph. A matrix does not: it is known by the bias
    that is added to its product, or as the output words, which have none.
    """
    found = {
        name.removesuffix(".float16"): weight.numpy()
        for name, value in model.graph.initializers.items()
        if (weight := weight_of(value)) is not None
    }
    if "positions.weight" not in found:
        found["positions.weight"] = _table(
            found["positions.weight.int8"], found["positions.weight.scale"]
        )
    optimizer.fold_constants(model, input_size_limit=_LARGEST, output_size_limit=_LARGEST)
    for node in model.graph:
        matrix = weight_of(node.inputs[1]) if node.op_type == "MatMul" else None
        if matrix is not None:
            found[f"{_name(node)}.weight"] = matrix.numpy().T
    return {
        name: torch.from_numpy(np.array(array, dtype=np.float32))
        for name, array in found.items()
        if array.dtype in (np.float32, np.float16)
    }


def _name(product: ir.Node) -> str:
    """The linear layer whose product this is."""
    [output] = product.outputs
    for reader, position in output.uses():
        bias = reader.inputs[1 - position]
        if reader.op_type == "Add" and bias is not None and bias.is_initializer():
            return str(bias.name).removesuffix(".bias")
    return "words"


def _table(values: Bytes, scales: Floats) -> Floats:
    """Rows of bytes [V, W] with the scales of their blocks [V, blocks]."""
    blocks = values.reshape(*scales.shape, -1).astype(np.float32) - ZERO_POINT
    rows: Floats = (blocks * scales[..., None]).reshape(values.shape)
    return rows
