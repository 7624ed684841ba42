"""How convolutions are stored, and which of them a processor computes in integers."""

import numpy as np
import onnx_ir as ir

from r2d2.export.expand import FLOAT, expand_at_start, expanded_bytes, reshaped
from r2d2.export.graph import replace, shared_constant, weight_of
from r2d2.export.weights import ZERO_POINT, Floats, quantize

SENSITIVE = 20_000
"""Convolutions with fewer weights, and depthwise ones, suffer most from 8 bits and save least."""


def stored_conv(graph: ir.Graph, node: ir.Node) -> None:
    """Store a convolution's weights in int8, the sensitive ones in float16; compute in float32."""
    weight = weight_of(node.inputs[1])
    if weight is None:
        return
    array: Floats = weight.numpy()
    depthwise = array.shape[1] == 1
    if depthwise or array.size < SENSITIVE:
        value = node.inputs[1]
        assert value is not None
        store_half(graph, str(weight.name), value, array)
        return
    quantized = quantize(array, axes=tuple(range(1, array.ndim)))
    values = shared_constant(graph, f"{weight.name}.int8", quantized.values)
    scales = shared_constant(graph, f"{weight.name}.scale", quantized.scales)
    expand_at_start(graph, node, expanded_bytes(graph, values, scales))


def store_half(graph: ir.Graph, name: str, value: ir.Value, array: Floats) -> None:
    """Put a float16 initializer and a Cast in the place of a float32 initializer."""
    half = shared_constant(graph, f"{name}.float16", array.astype(np.float16))
    cast = ir.node("Cast", [half], FLOAT)
    value.replace_all_uses_with(cast.outputs[0])
    graph.insert_before(graph[0], cast)


def integer_conv(graph: ir.Graph, node: ir.Node) -> None:
    """Compute a large convolution of single cells as a product of integers: weights times cells.

    ONNX Runtime's WebAssembly kernels need half to two thirds of the float32 convolution's time for
    it. Every other convolution is treated like `stored_conv` does: integer kernels for those are
    slower there than float32 ones.
    """
    weight, data = weight_of(node.inputs[1]), node.inputs[0]
    grid = _grid_of_single_cells(node)
    if weight is None or data is None or grid is None or weight.size < SENSITIVE:
        stored_conv(graph, node)
        return
    outputs, inputs = (int(size) for size in weight.shape.numpy()[:2])
    height, width = grid
    quantized = quantize(weight.numpy().reshape(outputs, inputs), axes=(1,))
    values = shared_constant(graph, f"{weight.name}.int8", quantized.values)
    scales = shared_constant(graph, f"{weight.name}.scale", quantized.scales)
    zero_point = shared_constant(graph, "zero_point", np.array(ZERO_POINT, dtype=np.uint8))
    cells = reshaped(graph, data, [0, inputs, height * width])
    quantizing = ir.node("DynamicQuantizeLinear", [cells.outputs[0]], num_outputs=3)
    activations, step, zero = quantizing.outputs
    product = ir.node("MatMulInteger", [values, activations, zero_point, zero])
    new = [cells, quantizing, product, *scaled_back(product, step, scales)]
    if len(node.inputs) > 2 and (bias := node.inputs[2]) is not None:
        column = reshaped(graph, bias, [outputs, 1])
        new += [column, ir.node("Add", [new[-1].outputs[0], column.outputs[0]])]
    new.append(reshaped(graph, new[-1].outputs[0], [0, outputs, height, width]))
    replace(graph, node, new)


def scaled_back(product: ir.Node, step: ir.Value, scales: ir.Value) -> list[ir.Node]:
    """A product of integers times the scales of both factors, in nodes that are fused with it."""
    as_float = ir.node("Cast", [product.outputs[0]], FLOAT)
    scale = ir.node("Mul", [step, scales])
    return [as_float, scale, ir.node("Mul", [as_float.outputs[0], scale.outputs[0]])]


def _grid_of_single_cells(node: ir.Node) -> tuple[int, int] | None:
    """The grid of a convolution that reads each cell by itself; None for any other."""
    weight, shape = weight_of(node.inputs[1]), node.outputs[0].shape
    if weight is None or tuple(weight.shape.numpy()[2:]) != (1, 1) or shape is None:
        return None
    for name, plain in (("strides", {1}), ("pads", {0}), ("group", {1})):
        attribute = node.attributes.get(name)
        values = None if attribute is None else attribute.value
        if values is not None and set(np.atleast_1d(values).tolist()) != plain:
            return None
    height, width = shape[2], shape[3]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None
