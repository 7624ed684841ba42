"""Float32 graph → the variants of a package.

Weights are quantized to 8 bits symmetrically around 128 as unsigned bytes, one scale an output
channel. Unsigned bytes suit both back ends: the CPU kernels for signed weights saturate on machines
without VNNI, and `DequantizeLinear` on the GPU reads the same bytes, so that the variants of a role
share one weights file.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from r2d2.export.graph import constant, replace, weight_of
from r2d2.export.writer import PackageError

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

ZERO_POINT = 128
MIN_SIDE = 16
"""Matrices with a shorter side (match heads, pooling weights) stay float32: nothing to save."""
SENSITIVE_CONV = 20_000
"""Convolutions with fewer weights, and depthwise ones, suffer most from 8 bits and save least."""
MAX_EXPANDED = 32_000_000
"""Up to so many weights (128 MB) may be expanded to float32 in what reads token ids."""
INT4_BLOCK = 32
SMALL = 1024
"""Tensors of fewer values are not worth a change of type."""
MICROSOFT = "com.microsoft"


class Quantized(NamedTuple):
    """Bytes and scales: value ≈ (bytes − 128) · scale."""

    values: Bytes
    scales: Floats


def quantize(array: Floats, axes: tuple[int, ...]) -> Quantized:
    """Quantize to 8 bits with one scale for all values along `axes` (kept as size 1)."""
    if not np.isfinite(array).all():
        raise PackageError(f"a weight of shape {array.shape} holds values that are not finite")
    scales = np.maximum(np.abs(array).max(axis=axes, keepdims=True) / 127.0, 1e-12)
    values = np.clip(np.rint(array / scales) + ZERO_POINT, 1, 255)
    return Quantized(values.astype(np.uint8), scales.astype(np.float32))


def wasm_int8(model: ir.Model) -> ir.Model:
    """Variant for the CPU: int8 tables, convolutions stored in int8, and int8 products.

    What reads token ids (a small text encoder, the captioner) computes its products in float32: it
    runs on a few tokens at a time, so that there is little time to save, while 8-bit activations
    would cost it more than 8-bit weights do and make its results depend on the processor.
    """
    matmul = _expanded_matmul if _is_small_and_reads_ids(model) else _dynamic_matmul
    return _rewrite(model, {"MatMul": matmul, "Gather": _gathered_table, "Conv": _stored_conv})


def _is_small_and_reads_ids(model: ir.Model) -> bool:
    weights = [_matrix(node.inputs[1]) for node in model.graph if node.op_type == "MatMul"]
    size = sum(weight[1].size for weight in weights if weight is not None)
    return any(value.name == "input_ids" for value in model.graph.inputs) and size <= MAX_EXPANDED


def webgpu_int8(model: ir.Model) -> ir.Model:
    """Variant for the GPU: the same weights, dequantized there; activations stay float32."""
    return _rewrite(
        model, {"MatMul": _dequantized_matmul, "Gather": _block_table, "Conv": _stored_conv}
    )


def float16(model: ir.Model) -> ir.Model:
    """Every large weight stored in float16 and cast to float32, which happens once at the start."""
    copy = model.clone()
    for name, value in list(copy.graph.initializers.items()):
        weight = weight_of(value)
        if weight is not None and weight.dtype == ir.DataType.FLOAT and weight.size >= SMALL:
            array: Floats = weight.numpy()
            if np.abs(array).max() < np.finfo(np.float16).max:
                _store_half(copy.graph, name, value, array)
    return _finish(copy)


def int4(model: ir.Model) -> ir.Model:
    """Matrices in 4 bits for both back ends; tables and convolutions in 8."""
    return _rewrite(
        model, {"MatMul": _int4_matmul, "Gather": _gathered_table, "Conv": _stored_conv}
    )


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


def _store_half(graph: ir.Graph, name: str, value: ir.Value, array: Floats) -> None:
    """Put a float16 initializer and a Cast in the place of a float32 initializer."""
    half = _initializer(graph, f"{name}.float16", array.astype(np.float16))
    cast = ir.node("Cast", [half], {"to": ir.DataType.FLOAT.value})
    value.replace_all_uses_with(cast.outputs[0])
    graph.insert_before(graph[0], cast)


def _initializer(graph: ir.Graph, name: str, array: NDArray[np.generic]) -> ir.Value:
    existing = graph.initializers.get(name)
    if existing is not None:
        return existing
    return constant(graph, name, array)


def _matrix(value: ir.Value | None) -> tuple[str, Floats] | None:
    """Name and values of a constant matrix that is worth quantizing."""
    weight = weight_of(value)
    if weight is None:
        return None
    array: Floats = weight.numpy()
    return (str(weight.name), array) if array.ndim == 2 and min(array.shape) >= MIN_SIDE else None


def _quantized_matrix(
    graph: ir.Graph, name: str, array: Floats
) -> tuple[ir.Value, ir.Value, ir.Value]:
    values, scales = quantize(array, axes=(0,))
    return (
        _initializer(graph, f"{name}.int8", values),
        _initializer(graph, f"{name}.scale", scales[0]),
        _initializer(graph, "zero_point", np.array(ZERO_POINT, dtype=np.uint8)),
    )


def _dynamic_matmul(graph: ir.Graph, node: ir.Node) -> None:
    """Quantize the activations at run time, multiply in integers, scale back.

    ONNX Runtime fuses these nodes into one `DynamicQuantizeMatMul`.
    """
    matrix = _matrix(node.inputs[1])
    if matrix is None:
        return
    values, scales, zero_point = _quantized_matrix(graph, *matrix)
    data = node.inputs[0]
    producer = None if data is None else data.producer()
    if producer is not None and producer.op_type == "Gelu":
        # A few channels after a GELU are far larger than the rest, so that one scale for all of
        # them leaves little of the others: most of a text encoder's error came from here.
        _expand_at_start(graph, node, values, scales)
        return
    quantized = ir.node("DynamicQuantizeLinear", [data], num_outputs=3)
    product = ir.node(
        "MatMulInteger", [quantized.outputs[0], values, quantized.outputs[2], zero_point]
    )
    as_float = ir.node("Cast", [product.outputs[0]], {"to": ir.DataType.FLOAT.value})
    scale = ir.node("Mul", [quantized.outputs[1], scales])
    scaled = ir.node("Mul", [as_float.outputs[0], scale.outputs[0]])
    replace(graph, node, [quantized, product, as_float, scale, scaled])


def _expanded_matmul(graph: ir.Graph, node: ir.Node) -> None:
    matrix = _matrix(node.inputs[1])
    if matrix is not None:
        values, scales, _ = _quantized_matrix(graph, *matrix)
        _expand_at_start(graph, node, values, scales)


def _dequantized_matmul(graph: ir.Graph, node: ir.Node) -> None:
    matrix = _matrix(node.inputs[1])
    if matrix is None:
        return
    values, scales, _ = _quantized_matrix(graph, *matrix)
    width = matrix[1].shape[1]
    zeros = _initializer(graph, f"zero_points_{width}", np.full(width, ZERO_POINT, np.uint8))
    weight = ir.node("DequantizeLinear", [values, scales, zeros], {"axis": 1})
    replace(graph, node, [weight, ir.node("MatMul", [node.inputs[0], weight.outputs[0]])])


def _int4_matmul(graph: ir.Graph, node: ir.Node) -> None:
    """Blocks of 32 weights of one output, each with a scale: value = (nibble − 8) · scale."""
    matrix = _matrix(node.inputs[1])
    if matrix is None:
        return
    name, array = matrix
    inputs, outputs = array.shape
    if inputs % INT4_BLOCK:
        _dequantized_matmul(graph, node)
        return
    blocks = array.T.reshape(outputs, inputs // INT4_BLOCK, INT4_BLOCK)
    # The value furthest from zero becomes nibble 0, the end of the range that reaches further.
    furthest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
    scales = (furthest / -8).astype(np.float16).astype(np.float32)
    safe = np.where(scales == 0, 1, scales)
    nibbles = np.clip(np.rint(blocks / safe) + 8, 0, 15).astype(np.uint8)
    packed = nibbles[..., 0::2] | nibbles[..., 1::2] << 4
    half = _initializer(graph, f"{name}.scale4", scales[..., 0].astype(np.float16))
    scale = ir.node("Cast", [half], {"to": ir.DataType.FLOAT.value})
    product = ir.node(
        "MatMulNBits",
        [node.inputs[0], _initializer(graph, f"{name}.int4", packed), scale.outputs[0]],
        {"K": inputs, "N": outputs, "bits": 4, "block_size": INT4_BLOCK, "accuracy_level": 1},
        domain=MICROSOFT,
    )
    replace(graph, node, [scale, product])


class Table(NamedTuple):
    """An embedding table [V, W] in int8, with one scale a block of a row, [V, W / block]."""

    values: ir.Value
    scales: ir.Value
    block: int
    blocks: int


def _quantized_table(graph: ir.Graph, node: ir.Node) -> Table | None:
    matrix = _matrix(node.inputs[0])
    # Constant indices read a part of a table, which ONNX Runtime does once at the start.
    if matrix is None or weight_of(node.inputs[1]) is not None:
        return None
    name, array = matrix
    rows, width = array.shape
    block = next((size for size in (128, 64, 32, 16) if width % size == 0), None)
    if block is None:
        return None
    values, scales = quantize(array.reshape(rows, width // block, block), axes=(2,))
    return Table(
        _initializer(graph, f"{name}.int8", values.reshape(rows, width)),
        _initializer(graph, f"{name}.scale", scales[:, :, 0]),
        block,
        width // block,
    )


def _block_table(graph: ir.Graph, node: ir.Node) -> None:
    """Read the table with one operator, which the GPU back end has and the CPU one lacks."""
    table = _quantized_table(graph, node)
    if table is None:
        return
    gather = ir.node(
        "GatherBlockQuantized",
        [table.values, node.inputs[1], table.scales],
        {"bits": 8, "block_size": table.block, "gather_axis": 0, "quantize_axis": 1},
        domain=MICROSOFT,
    )
    replace(graph, node, [gather])


def _gathered_table(graph: ir.Graph, node: ir.Node) -> None:
    """Read bytes and scales of the rows [N, L] apart, and multiply them block by block."""
    table = _quantized_table(graph, node)
    if table is None:
        return
    ids = node.inputs[1]
    shapes = {
        "table_blocks": [0, 0, table.blocks, table.block],
        "table_rows": [0, 0, table.blocks * table.block],
        "table_scale": [0, 0, table.blocks, 1],
    }
    shape = {
        name: _initializer(graph, name, np.array(axes, np.int64)) for name, axes in shapes.items()
    }
    offset = _initializer(graph, "zero_point_float", np.array(ZERO_POINT, dtype=np.float32))
    values = ir.node("Gather", [table.values, ids])
    as_float = ir.node("Cast", [values.outputs[0]], {"to": ir.DataType.FLOAT.value})
    centred = ir.node("Sub", [as_float.outputs[0], offset])
    split = ir.node("Reshape", [centred.outputs[0], shape["table_blocks"]])
    scales = ir.node("Gather", [table.scales, ids])
    scale = ir.node("Reshape", [scales.outputs[0], shape["table_scale"]])
    scaled = ir.node("Mul", [split.outputs[0], scale.outputs[0]])
    joined = ir.node("Reshape", [scaled.outputs[0], shape["table_rows"]])
    replace(graph, node, [values, as_float, centred, split, scales, scale, scaled, joined])


def _stored_conv(graph: ir.Graph, node: ir.Node) -> None:
    """Store a convolution's weights in int8, the sensitive ones in float16; compute in float32."""
    weight = weight_of(node.inputs[1])
    if weight is None:
        return
    array: Floats = weight.numpy()
    depthwise = array.shape[1] == 1
    if depthwise or array.size < SENSITIVE_CONV:
        value = node.inputs[1]
        assert value is not None
        _store_half(graph, str(weight.name), value, array)
        return
    values, scales = quantize(array, axes=tuple(range(1, array.ndim)))
    _expand_at_start(
        graph,
        node,
        _initializer(graph, f"{weight.name}.int8", values),
        _initializer(graph, f"{weight.name}.scale", scales),
    )


def _expand_at_start(graph: ir.Graph, node: ir.Node, values: ir.Value, scales: ir.Value) -> None:
    """Give a node (bytes − 128) · scale as its weight, in float32.

    Written as Cast, Sub and Mul instead of DequantizeLinear, because ONNX Runtime folds those once
    when the session starts and would repeat the dequantization in every run.
    """
    cast = ir.node("Cast", [values], {"to": ir.DataType.FLOAT.value})
    offset = _initializer(graph, "zero_point_float", np.array(ZERO_POINT, dtype=np.float32))
    centred = ir.node("Sub", [cast.outputs[0], offset])
    scaled = ir.node("Mul", [centred.outputs[0], scales])
    graph.insert_before(node, [cast, centred, scaled])
    node.replace_input_with(1, scaled.outputs[0])
