"""Float32 graph → the variants of a package.

Weights are stored in 8 bits with one scale an output channel, or in the blocks of 4 bits that they
came in. The variants of a role read the same bytes, so that they share one weights file.
"""

from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from r2d2.export.convolutions import integer_conv, scaled_back, store_half, stored_conv
from r2d2.export.expand import FLOAT, expand_at_start, expanded_blocks, expanded_bytes
from r2d2.export.graph import MICROSOFT, matrix_of, replace, shared_constant, weight_of
from r2d2.export.tables import block_table, gathered_table
from r2d2.export.weights import (
    BLOCK,
    ZERO_POINT,
    Blocks,
    Floats,
    exact_blocks,
    nearest_blocks,
    quantize,
)

MAX_EXPANDED = 32_000_000
"""Up to so many weights (128 MB) may be expanded to float32 in what reads token ids."""
SMALL = 1024
"""Tensors of fewer values are not worth a change of type."""


def wasm_int8(model: ir.Model) -> ir.Model:
    """Variant for the CPU: int8 tables, int8 products, other convolutions stored in int8.

    What reads token ids (a small text encoder, the captioner) computes its products in float32: it
    runs on a few tokens at a time, so that there is little time to save, while 8-bit activations
    would cost it more than 8-bit weights do and make its results depend on the processor.
    """
    matmul = _expanded_matmul if _is_small_and_reads_ids(model) else _dynamic_matmul
    return _rewrite(model, {"MatMul": matmul, "Gather": gathered_table, "Conv": integer_conv})


def _is_small_and_reads_ids(model: ir.Model) -> bool:
    weights = [matrix_of(node.inputs[1]) for node in model.graph if node.op_type == "MatMul"]
    size = sum(weight[1].size for weight in weights if weight is not None)
    return any(value.name == "input_ids" for value in model.graph.inputs) and size <= MAX_EXPANDED


def webgpu_int8(model: ir.Model) -> ir.Model:
    """Variant for the GPU: the same weights, dequantized there; activations stay float32."""
    return _rewrite(
        model, {"MatMul": _dequantized_matmul, "Gather": block_table, "Conv": stored_conv}
    )


def float16(model: ir.Model) -> ir.Model:
    """Every large weight stored in float16 and cast to float32, which happens once at the start."""
    copy = model.clone()
    for name, value in list(copy.graph.initializers.items()):
        weight = weight_of(value)
        if weight is not None and weight.dtype == ir.DataType.FLOAT and weight.size >= SMALL:
            array: Floats = weight.numpy()
            if np.abs(array).max() < np.finfo(np.float16).max:
                store_half(copy.graph, name, value, array)
    return _finish(copy)


def int4(model: ir.Model) -> ir.Model:
    """Matrices in 4 bits for both back ends; convolutions, and most tables, in 8."""
    return _rewrite(model, {"MatMul": _int4_matmul, "Gather": gathered_table, "Conv": stored_conv})


Rule = Callable[[ir.Graph, ir.Node], None]


def _rewrite(model: ir.Model, rules: dict[str, Rule]) -> ir.Model:
    copy = model.clone()
    for node in list(copy.graph):
        rule = rules.get(node.op_type)
        if rule is not None:
            rule(copy.graph, node)
    return _finish(copy)


def _finish(model: ir.Model) -> ir.Model:
    ir.passes.common.RemoveUnusedNodesPass()(model)
    if any(node.domain == MICROSOFT for node in model.graph):
        model.opset_imports[MICROSOFT] = 1
    return model


def _quantized_matrix(
    graph: ir.Graph, name: str, array: Floats
) -> tuple[ir.Value, ir.Value, ir.Value]:
    values, scales = quantize(array, axes=(0,))
    return (
        shared_constant(graph, f"{name}.int8", values),
        shared_constant(graph, f"{name}.scale", scales[0]),
        shared_constant(graph, "zero_point", np.array(ZERO_POINT, dtype=np.uint8)),
    )


def _dynamic_matmul(graph: ir.Graph, node: ir.Node) -> None:
    """Quantize the activations at run time, multiply in integers, scale back.

    ONNX Runtime fuses these nodes into one `DynamicQuantizeMatMul`.
    """
    matrix = matrix_of(node.inputs[1])
    if matrix is None:
        return
    values, scales, zero_point = _quantized_matrix(graph, *matrix)
    data = node.inputs[0]
    producer = None if data is None else data.producer()
    if producer is not None and producer.op_type == "Gelu":
        # A few channels after a GELU are far larger than the rest, so that one scale for all of
        # them leaves little of the others: most of a text encoder's error came from here.
        expand_at_start(graph, node, expanded_bytes(graph, values, scales))
        return
    quantized = ir.node("DynamicQuantizeLinear", [data], num_outputs=3)
    activations, step, zero = quantized.outputs
    product = ir.node("MatMulInteger", [activations, values, zero, zero_point])
    replace(graph, node, [quantized, product, *scaled_back(product, step, scales)])


def _expanded_matmul(graph: ir.Graph, node: ir.Node) -> None:
    matrix = matrix_of(node.inputs[1])
    if matrix is None:
        return
    name, array = matrix
    exact = exact_blocks(array.T)
    if exact is None:
        values, scales, _ = _quantized_matrix(graph, name, array)
        expand_at_start(graph, node, expanded_bytes(graph, values, scales))
    else:
        packed, scales = _stored_blocks(graph, name, exact)
        rows = expanded_blocks(graph, packed, scales, exact.scales.shape)
        expand_at_start(graph, node, [*rows, ir.node("Transpose", [rows[-1].outputs[0]])])


def _dequantized_matmul(graph: ir.Graph, node: ir.Node) -> None:
    matrix = matrix_of(node.inputs[1])
    if matrix is None:
        return
    name, array = matrix
    exact = exact_blocks(array.T)
    if exact is not None:
        _block_matmul(graph, node, name, exact)
        return
    values, scales, _ = _quantized_matrix(graph, name, array)
    width = array.shape[1]
    zeros = shared_constant(graph, f"zero_points_{width}", np.full(width, ZERO_POINT, np.uint8))
    weight = ir.node("DequantizeLinear", [values, scales, zeros], {"axis": 1})
    replace(graph, node, [weight, ir.node("MatMul", [node.inputs[0], weight.outputs[0]])])


def _int4_matmul(graph: ir.Graph, node: ir.Node) -> None:
    matrix = matrix_of(node.inputs[1])
    if matrix is None:
        return
    name, array = matrix
    if array.shape[0] % BLOCK:
        _dequantized_matmul(graph, node)
    else:
        _block_matmul(graph, node, name, nearest_blocks(array.T))


def _block_matmul(graph: ir.Graph, node: ir.Node, name: str, blocks: Blocks) -> None:
    packed, scales = _stored_blocks(graph, name, blocks)
    scale = ir.node("Cast", [scales], FLOAT)
    outputs, count = blocks.scales.shape
    product = ir.node(
        "MatMulNBits",
        [node.inputs[0], packed, scale.outputs[0]],
        {"K": count * BLOCK, "N": outputs, "bits": 4, "block_size": BLOCK, "accuracy_level": 1},
        domain=MICROSOFT,
    )
    replace(graph, node, [scale, product])


def _stored_blocks(graph: ir.Graph, name: str, blocks: Blocks) -> tuple[ir.Value, ir.Value]:
    packed = shared_constant(graph, f"{name}.int4", blocks.packed())
    return packed, shared_constant(graph, f"{name}.scale4", blocks.scales)
