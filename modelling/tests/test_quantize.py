"""Stored weights: what came in blocks of 4 bits stays what it was, on either back end."""

from collections.abc import Callable

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from r2d2.export.graph import trace
from r2d2.export.placement import processor_nodes
from r2d2.export.quantize import wasm_int8, webgpu_int8
from r2d2.export.weights import exact_blocks, nearest_blocks


def in_blocks(rows: int, width: int) -> Tensor:
    """Weights as a file of 4-bit blocks holds them, one block of zeros among them."""
    rng = np.random.default_rng(3)
    blocks = nearest_blocks(rng.normal(size=(rows, width)).astype(np.float32))
    blocks.halves[0, 0] = 8
    return torch.from_numpy(blocks.values())


class Reader(nn.Module):
    """Reads ids from a table and multiplies them by a matrix."""

    def __init__(self, table: Tensor, matrix: Tensor) -> None:
        super().__init__()
        self.table = nn.Embedding.from_pretrained(table)
        self.linear = nn.Linear(matrix.shape[1], len(matrix))
        self.linear.weight.data = matrix

    def forward(self, input_ids: Tensor) -> Tensor:
        out: Tensor = self.linear(self.table(input_ids))
        return out


def outputs(model: ir.Model, ids: Tensor) -> Tensor:
    session = onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString())
    return torch.from_numpy(session.run(None, {"input_ids": ids.numpy()})[0])


def test_blocks_are_recognized() -> None:
    rows = in_blocks(5, 96).numpy()
    blocks = exact_blocks(rows)
    assert blocks is not None
    assert np.array_equal(blocks.values(), rows)
    assert blocks.packed().nbytes == rows.size // 2
    rows[3, 40] += 1e-4
    assert exact_blocks(rows) is None
    assert exact_blocks(rows[:, :40]) is None


@pytest.mark.parametrize("variant", [wasm_int8, webgpu_int8])
def test_blocks_are_stored_without_loss(variant: Callable[[ir.Model], ir.Model]) -> None:
    module = Reader(in_blocks(64, 96), in_blocks(48, 96))
    ids = torch.randint(64, (2, 7), dtype=torch.int32)
    graph = trace(module, {"input_ids": ids}, ["out"], {"input_ids": {0: "batch", 1: "length"}})
    model = variant(graph)
    stored = {name: value.const_value for name, value in model.graph.initializers.items()}
    halves = [name for name in stored if name.endswith(".int4")]
    assert len(halves) == 2
    assert not any(name.endswith(".int8") for name in stored)
    assert torch.allclose(outputs(model, ids), module(ids), atol=1e-5)
    if variant is webgpu_int8:
        assert not processor_nodes(model)


def test_other_weights_are_stored_in_bytes() -> None:
    module = Reader(torch.randn(64, 96), torch.randn(48, 96))
    ids = torch.randint(64, (2, 7), dtype=torch.int32)
    graph = trace(module, {"input_ids": ids}, ["out"], {"input_ids": {0: "batch", 1: "length"}})
    model = wasm_int8(graph)
    assert sum(name.endswith(".int8") for name in model.graph.initializers) == 2
    error = (outputs(model, ids) - module(ids)).abs().max()
    assert 1e-4 < error < 0.5


class Convolved(nn.Module):
    """One convolution."""

    def __init__(self, inputs: int, outputs: int, kernel: int, **options: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, **options)

    def forward(self, pixel_values: Tensor) -> Tensor:
        out: Tensor = self.conv(pixel_values)
        return out


def convolved(module: Convolved, photos: Tensor) -> tuple[list[str], Tensor]:
    """Operators of the processor's variant, and what they make of the photos."""
    graph = trace(module, {"pixel_values": photos}, ["out"], {"pixel_values": {0: "batch"}})
    model = wasm_int8(graph)
    session = onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString())
    found = session.run(None, {"pixel_values": photos.numpy()})[0]
    return [node.op_type for node in model.graph], torch.from_numpy(found)


@pytest.mark.parametrize("bias", [True, False])
def test_large_convolutions_of_single_cells_are_products_of_integers(bias: bool) -> None:
    torch.manual_seed(0)
    module = Convolved(128, 192, 1, bias=bias)
    photos = torch.randn(3, 128, 6, 5).clamp(0, 6)
    operators, found = convolved(module, photos)
    assert "MatMulInteger" in operators and "Conv" not in operators
    wanted = module(photos)
    assert found.shape == wanted.shape
    assert 1e-5 < (found - wanted).abs().max() < 0.03 * wanted.abs().max()


@pytest.mark.parametrize(
    "module",
    [
        Convolved(128, 192, 1, stride=2),
        Convolved(128, 192, 1, padding=1),
        Convolved(256, 512, 1, groups=2),
        Convolved(64, 64, 3, padding=1),
        Convolved(512, 512, 3, padding=1, groups=512),
        Convolved(32, 64, 1),
    ],
    ids=["strided", "padded", "grouped", "of 3 x 3 cells", "depthwise", "small"],
)
def test_other_convolutions_stay_in_float32(module: Convolved) -> None:
    photos = torch.randn(2, module.conv.in_channels, 6, 6)
    operators, found = convolved(module, photos)
    assert "Conv" in operators and "MatMulInteger" not in operators
    torch.testing.assert_close(found, module(photos), atol=0.02, rtol=0.02)
