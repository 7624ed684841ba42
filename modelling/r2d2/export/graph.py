"""PyTorch module → clean float32 ONNX graph."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
import torch
from numpy.typing import NDArray
from onnx_ir.passes.common import (
    ClearMetadataAndDocStringPass,
    IdentityEliminationPass,
    RemoveUnusedNodesPass,
)
from torch import Tensor, nn

OPSET = 20
MICROSOFT = "com.microsoft"
MIN_SIDE = 16
"""Matrices with a shorter side (match heads, pooling weights) stay float32: nothing to save."""

BROADCASTING = frozenset({"Add", "Sub", "Mul", "Div"})


def trace(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    dynamic: Mapping[str, Mapping[int, str]],
) -> ir.Model:
    """Export a module in eval mode to a float32 graph without shape arithmetic where possible.

    `inputs` are example tensors in the order of `forward`; a dynamic axis needs a size above 1 in
    them. `dynamic` gives, by input, the names of the dynamic axes; axes of one name have one size.
    """
    names = {name for axes in dynamic.values() for name in axes.values()}
    dims = {name: torch.export.Dim(name) for name in names}
    shapes = tuple(
        {axis: dims[dim] for axis, dim in dynamic.get(name, {}).items()} for name in inputs
    )
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=shapes,
            dynamo=True,
            opset_version=OPSET,
            verbose=False,
        )
    if program is None:
        raise RuntimeError(f"PyTorch gave no graph for {type(module).__name__}")
    model = program.model
    clean(model)
    return model


def clean(model: ir.Model) -> None:
    """Rewrite what the exporter writes with int64 shape arithmetic, and drop what nothing reads."""
    for node in list(model.graph):
        if node.op_type == "Reshape":
            _make_shape_constant(model.graph, node)
        elif node.op_type == "Expand":
            _drop_expand(node)
        elif node.op_type == "Gemm":
            _gemm_to_matmul(model.graph, node)
        elif node.op_type == "Transpose":
            _fold_transpose(model.graph, node)
    for run in (
        IdentityEliminationPass(),
        RemoveUnusedNodesPass(),
        ClearMetadataAndDocStringPass(),
    ):
        run(model)
    model.producer_name, model.producer_version = "r2d2", None


def constant(graph: ir.Graph, name: str, array: NDArray[Any]) -> ir.Value:
    """Register an array as an initializer of the graph, under a name made unique."""
    unique, number = name, 0
    while unique in graph.initializers:
        number += 1
        unique = f"{name}_{number}"
    tensor = ir.tensor(array, name=unique)
    value = ir.Value(
        name=unique,
        shape=ir.Shape(array.shape),
        type=ir.TensorType(tensor.dtype),
        const_value=tensor,
    )
    graph.register_initializer(value)
    return value


def shared_constant(graph: ir.Graph, name: str, array: NDArray[Any]) -> ir.Value:
    """The initializer of this name, which is made of an array where the graph has none yet."""
    existing = graph.initializers.get(name)
    return constant(graph, name, array) if existing is None else existing


def weight_of(value: ir.Value | None) -> ir.TensorProtocol | None:
    """The tensor behind a value if it is an initializer, else None."""
    if value is None or value.is_graph_input() or not value.is_initializer():
        return None
    return value.const_value


def matrix_of(value: ir.Value | None) -> tuple[str, NDArray[np.float32]] | None:
    """Name and values of a constant matrix that is worth quantizing."""
    weight = weight_of(value)
    if weight is None:
        return None
    array = weight.numpy()
    return (str(weight.name), array) if array.ndim == 2 and min(array.shape) >= MIN_SIDE else None


def _make_shape_constant(graph: ir.Graph, node: ir.Node) -> None:
    """Give a Reshape a constant shape: 0 copies an input axis, -1 infers the one left over."""
    data, target = node.inputs[0], node.inputs[1]
    before, after = (data.shape if data else None), node.outputs[0].shape
    if weight_of(target) is not None or before is None or after is None:
        return
    axes: list[int] = []
    for axis, size in enumerate(after):
        if isinstance(size, int):
            axes.append(size)
        elif axis < len(before) and before[axis] == size:
            axes.append(0)
        else:
            axes.append(-1)
    if axes.count(-1) > 1:
        return
    shape = np.array(axes, dtype=np.int64)
    node.replace_input_with(1, constant(graph, f"{node.outputs[0].name}_shape", shape))
    node.attributes.pop("allowzero", None)


def _drop_expand(node: ir.Node) -> None:
    """Drop an Expand whose every reader broadcasts to the same shape by itself."""
    data, expanded = node.inputs[0], node.outputs[0]
    for reader, position in expanded.uses():
        if reader.op_type not in BROADCASTING:
            return
        other = reader.inputs[1 - position]
        if other is expanded or other is None or other.shape != expanded.shape:
            return
    if data is not None and not expanded.is_graph_output():
        expanded.replace_all_uses_with(data)


def _gemm_to_matmul(graph: ir.Graph, node: ir.Node) -> None:
    """Turn a linear layer on 2-d input into MatMul and Add, as it is on 3-d input."""
    data, weight = node.inputs[0], weight_of(node.inputs[1])
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    attributes = {name: attribute.value for name, attribute in node.attributes.items()}
    if weight is None or attributes["transA"] or {attributes["alpha"], attributes["beta"]} != {1.0}:
        return
    array = weight.numpy()
    if attributes["transB"]:
        array = np.ascontiguousarray(array.T)
    name = f"{weight.name}_transposed"
    new = [ir.node("MatMul", [data, constant(graph, name, array)])]
    if bias is not None:
        new.append(ir.node("Add", [new[0].outputs[0], bias]))
    replace(graph, node, new)


def _fold_transpose(graph: ir.Graph, node: ir.Node) -> None:
    """Transpose a constant now: the exporter leaves the largest ones to the run time."""
    weight = weight_of(node.inputs[0])
    if weight is None:
        return
    array = weight.numpy().transpose(list(node.attributes["perm"].as_ints()))
    node.outputs[0].replace_all_uses_with(constant(graph, f"{weight.name}_transposed", array))


def replace(graph: ir.Graph, old: ir.Node, new: list[ir.Node]) -> None:
    """Put nodes in the place of one node; the last one's output takes over its output's role."""
    ir.convenience.replace_nodes_and_values(
        graph, old, [old], new, old.outputs, [new[-1].outputs[0]]
    )
