"""Nodes that give stored weights back as float32.

In plain arithmetic instead of `DequantizeLinear`: ONNX Runtime does such arithmetic on constants
once, when the session starts, and would repeat a dequantization in every run.
"""

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from r2d2.export.graph import shared_constant
from r2d2.export.weights import BLOCK, BLOCK_ZERO, ZERO_POINT

FLOAT = {"to": ir.DataType.FLOAT.value}


def expanded_bytes(graph: ir.Graph, values: ir.Value, scales: ir.Value) -> list[ir.Node]:
    """(bytes − 128) · scale, of scales that broadcast over the bytes."""
    cast = ir.node("Cast", [values], FLOAT)
    centred = ir.node("Sub", [cast.outputs[0], _number(graph, ZERO_POINT)])
    return [cast, centred, ir.node("Mul", [centred.outputs[0], scales])]


def expanded_blocks(
    graph: ir.Graph, packed: ir.Value, scales: ir.Value, axes: Sequence[int]
) -> list[ir.Node]:
    """Rows [..., width] of packed blocks and their scales in float16.

    `axes` are those of the scales, as a Reshape takes them: [..., blocks].
    """
    cast = ir.node("Cast", [packed], FLOAT)
    pairs = reshaped(graph, cast.outputs[0], [*axes, BLOCK // 2, 1])
    shifted = ir.node("Mul", [pairs.outputs[0], _number(graph, 1 / 16)])
    high = ir.node("Floor", [shifted.outputs[0]])
    above = ir.node("Mul", [high.outputs[0], _number(graph, 16)])
    low = ir.node("Sub", [pairs.outputs[0], above.outputs[0]])
    both = ir.node("Concat", [low.outputs[0], high.outputs[0]], {"axis": -1})
    halves = reshaped(graph, both.outputs[0], [*axes, BLOCK])
    centred = ir.node("Sub", [halves.outputs[0], _number(graph, BLOCK_ZERO)])
    scale = ir.node("Cast", [scales], FLOAT)
    column = reshaped(graph, scale.outputs[0], [*axes, 1])
    scaled = ir.node("Mul", [centred.outputs[0], column.outputs[0]])
    rows = reshaped(graph, scaled.outputs[0], [*axes[:-1], axes[-1] * BLOCK])
    unpacked = [cast, pairs, shifted, high, above, low, both, halves]
    return [*unpacked, centred, scale, column, scaled, rows]


def expand_at_start(graph: ir.Graph, node: ir.Node, nodes: list[ir.Node]) -> None:
    """Give a node what the last of some nodes makes of constants as its weight."""
    graph.insert_before(node, nodes)
    node.replace_input_with(1, nodes[-1].outputs[0])


def reshaped(graph: ir.Graph, value: ir.Value, axes: Sequence[int]) -> ir.Node:
    """A Reshape to constant axes, where 0 keeps one."""
    name = "axes_" + "_".join(map(str, axes))
    return ir.node("Reshape", [value, shared_constant(graph, name, np.array(axes, np.int64))])


def _number(graph: ir.Graph, value: float) -> ir.Value:
    return shared_constant(graph, f"number_{value:g}", np.array(value, np.float32))
