"""Which nodes of a graph ONNX Runtime's WebGPU back end would hand to the processor."""

import onnx_ir as ir

CPU_ONLY = frozenset(
    {
        *("DynamicQuantizeLinear", "MatMulInteger", "ConvInteger", "QuantizeLinear"),
        *("Attention", "MultiHeadAttention", "ConstantOfShape", "NonZero", "Trilu"),
    }
)
"""Without a GPU kernel, or (the attention operators) with wrong results on some adapters."""


def processor_nodes(model: ir.Model) -> list[str]:
    """Operators that leave the GPU: those without a kernel, and all arithmetic on int64.

    Reading a shape happens on the processor anyway and costs nothing.
    """
    found = set()
    for node in model.graph:
        whole = any(value.dtype == ir.DataType.INT64 for value in node.outputs)
        if node.op_type in CPU_ONLY or (whole and node.op_type != "Shape"):
            found.add(node.op_type)
    return sorted(found)
