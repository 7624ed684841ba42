"""Embedding tables: rows read by token id, each multiplied out only when it is read."""

from typing import NamedTuple

import onnx_ir as ir

from r2d2.export.expand import FLOAT, expanded_blocks, expanded_bytes, reshaped
from r2d2.export.graph import MICROSOFT, matrix_of, replace, shared_constant, weight_of
from r2d2.export.weights import BLOCK, exact_blocks, quantize


class Table(NamedTuple):
    """Stored rows [V, ...], with a scale for each of the blocks of a row, [V, blocks]."""

    values: ir.Value
    scales: ir.Value
    bits: int
    block: int
    blocks: int


def block_table(graph: ir.Graph, node: ir.Node) -> None:
    """Read the table with one operator, which the GPU back end has and the CPU one lacks."""
    table = _stored_table(graph, node)
    if table is None:
        return
    scale = ir.node("Cast", [table.scales], FLOAT)
    gather = ir.node(
        "GatherBlockQuantized",
        [table.values, node.inputs[1], scale.outputs[0]],
        {"bits": table.bits, "block_size": table.block, "gather_axis": 0, "quantize_axis": 1},
        domain=MICROSOFT,
    )
    replace(graph, node, [scale, gather])


def gathered_table(graph: ir.Graph, node: ir.Node) -> None:
    """Read stored values and scales of the rows [N, L] apart, and multiply them block by block."""
    table = _stored_table(graph, node)
    if table is None:
        return
    values = ir.node("Gather", [table.values, node.inputs[1]])
    scales = ir.node("Gather", [table.scales, node.inputs[1]])
    read = values.outputs[0], scales.outputs[0]
    if table.bits == 4:
        rows = expanded_blocks(graph, *read, axes=[0, 0, table.blocks])
    else:
        split = reshaped(graph, read[0], [0, 0, table.blocks, table.block])
        column = reshaped(graph, read[1], [0, 0, table.blocks, 1])
        products = expanded_bytes(graph, split.outputs[0], column.outputs[0])
        joined = reshaped(graph, products[-1].outputs[0], [0, 0, table.blocks * table.block])
        rows = [split, column, *products, joined]
    replace(graph, node, [values, scales, *rows])


def _stored_table(graph: ir.Graph, node: ir.Node) -> Table | None:
    matrix = matrix_of(node.inputs[0])
    # Constant indices read a part of a table, which ONNX Runtime does once at the start.
    if matrix is None or weight_of(node.inputs[1]) is not None:
        return None
    name, array = matrix
    rows, width = array.shape
    exact = exact_blocks(array)
    if exact is not None:
        values = shared_constant(graph, f"{name}.int4", exact.packed().reshape(rows, -1))
        scales = shared_constant(graph, f"{name}.scale4", exact.scales)
        return Table(values, scales, 4, BLOCK, width // BLOCK)
    block = next((size for size in (128, 64, 32, 16) if width % size == 0), None)
    if block is None:
        return None
    quantized = quantize(array.reshape(rows, width // block, block), axes=(2,))
    values = shared_constant(graph, f"{name}.int8", quantized.values.reshape(rows, width))
    scales = shared_constant(graph, f"{name}.scale", quantized.scales[:, :, 0])
    return Table(values, scales, 8, block, width // block)
