"""Number formats of stored weights: 8 bits around 128, and 4 bits in blocks.

Unsigned bytes suit both back ends: the CPU kernels for signed weights saturate on machines without
VNNI, and `DequantizeLinear` on the GPU reads the same bytes. Some pretrained weights come in blocks
of 4 bits; they are stored as they came, without loss, in half of what 8 bits take. The layout of
blocks is that of ONNX Runtime's `MatMulNBits` and `GatherBlockQuantized`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from r2d2.export.writer import PackageError

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

ZERO_POINT = 128
BLOCK = 32
BLOCK_ZERO = 8
"""The half byte that stands for zero."""


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


class Blocks(NamedTuple):
    """Rows of weights in blocks of 32 that share a scale: value = (half byte − 8) · scale.

    `halves` are [rows, blocks, 32], `scales` [rows, blocks].
    """

    halves: Bytes
    scales: NDArray[np.float16]

    def packed(self) -> Bytes:
        """Two weights a byte, the earlier one in its lower half: [rows, blocks, 16]."""
        return self.halves[..., 0::2] | np.left_shift(self.halves[..., 1::2], np.uint8(4))

    def values(self) -> Floats:
        """The weights, [rows, width]."""
        steps = self.halves.astype(np.float32) - BLOCK_ZERO
        return (steps * self.scales.astype(np.float32)[..., None]).reshape(len(steps), -1)


def nearest_blocks(rows: Floats) -> Blocks:
    """Blocks near to weights [rows, width], whose width is a multiple of 32.

    The value furthest from zero gets the half byte 0, the end of the range that reaches further:
    weights that came in such blocks stay what they were.
    """
    blocks = rows.reshape(len(rows), -1, BLOCK)
    furthest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
    scales = (furthest / -BLOCK_ZERO).astype(np.float16)
    divisors = np.where(scales == 0, 1, scales).astype(np.float32)
    halves = np.clip(np.rint(blocks / divisors) + BLOCK_ZERO, 0, 15).astype(np.uint8)
    return Blocks(halves, scales[..., 0])


def exact_blocks(rows: Floats) -> Blocks | None:
    """The blocks that weights [rows, width] were made of, or None where they were not."""
    if rows.shape[1] % BLOCK:
        return None
    blocks = nearest_blocks(rows)
    return blocks if np.array_equal(blocks.values(), rows) else None
