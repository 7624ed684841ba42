"""Transformer layers that the released checkpoints are made of.

Attention is written as plain matrix products, since fused attention operators compute wrong numbers
on some WebGPU adapters. Parameter names are those of Hugging Face BERT and CLIP, so that released
tensors load under their own names.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

MASKED = -10_000.0
"""Added to the attention logit of padding: exp() of it is 0 in float32, and float16 can hold it."""


def key_bias(attention_mask: Tensor) -> Tensor:
    """Additive attention bias [N, 1, 1, L] (float32) of a mask [N, L] that is 1 on real tokens."""
    return ((1.0 - attention_mask.to(torch.float32)) * MASKED).unsqueeze(1).unsqueeze(1)


def attend(
    query: Tensor, key: Tensor, value: Tensor, heads: int, bias: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Multi-head attention on projected inputs.

    Takes query [N, Q, W], key and value [N, K, W] and a bias that broadcasts to [N, heads, Q, K].
    Returns the context [N, Q, W] and the attention weights [N, heads, Q, K].
    """

    def split(states: Tensor) -> Tensor:
        count, length, width = states.shape
        return states.reshape(count, length, heads, width // heads).transpose(1, 2)

    scores = split(query) @ split(key).transpose(-1, -2) / math.sqrt(query.shape[-1] // heads)
    if bias is not None:
        scores = scores + bias
    weights = scores.softmax(dim=-1)
    return (weights @ split(value)).transpose(1, 2).flatten(2), weights


class BertSelfProjections(nn.Module):
    """The query, key and value projections of one attention block."""

    def __init__(self, width: int, key_width: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(key_width, width)
        self.value = nn.Linear(key_width, width)


class BertOutput(nn.Module):
    """Projection, residual and layer norm after an attention block or an MLP."""

    def __init__(self, inner: int, width: int, eps: float) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, width)
        self.LayerNorm = nn.LayerNorm(width, eps=eps)

    def forward(self, states: Tensor, residual: Tensor) -> Tensor:
        """[N, L, inner] and the block's input [N, L, width] → [N, L, width]."""
        normed: Tensor = self.LayerNorm(self.dense(states) + residual)
        return normed


class BertAttention(nn.Module):
    """BERT's attention block (post-norm); cross attention where `memory` is another sequence."""

    def __init__(self, width: int, key_width: int, heads: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        # "self" is the released name of the projections.
        self.add_module("self", BertSelfProjections(width, key_width))
        self.output = BertOutput(width, width, eps)

    def forward(self, states: Tensor, memory: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
        """States [N, Q, width] attend to memory [N, K, key_width] → states, weights."""
        projections = self.get_submodule("self")
        assert isinstance(projections, BertSelfProjections)
        context, weights = attend(
            projections.query(states),
            projections.key(memory),
            projections.value(memory),
            self.heads,
            bias,
        )
        return self.output(context, states), weights


class BertIntermediate(nn.Module):
    """The first half of BERT's MLP."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, inner)

    def forward(self, states: Tensor) -> Tensor:
        """[N, L, width] → [N, L, inner], with the exact GELU."""
        return functional.gelu(self.dense(states))


class BertLayer(nn.Module):
    """A BERT layer; with `memory_width` a joint layer: self attention, cross attention, MLP."""

    def __init__(
        self, width: int, heads: int, inner: int, eps: float, memory_width: int | None = None
    ) -> None:
        super().__init__()
        self.attention = BertAttention(width, width, heads, eps)
        if memory_width is not None:
            self.crossattention = BertAttention(width, memory_width, heads, eps)
        self.intermediate = BertIntermediate(width, inner)
        self.output = BertOutput(inner, width, eps)

    def forward(
        self,
        states: Tensor,
        bias: Tensor | None,
        memory: Tensor | None = None,
        memory_bias: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """[N, L, width] → [N, L, width], and the cross attention's weights where there is one."""
        states, _ = self.attention(states, states, bias)
        weights = None
        if memory is not None:
            states, weights = self.crossattention(states, memory, memory_bias)
        return self.output(self.intermediate(states), states), weights


class BertEncoder(nn.Module):
    """A stack of BERT layers."""

    def __init__(
        self,
        layers: int,
        width: int,
        heads: int,
        inner: int,
        eps: float,
        memory_width: int | None = None,
    ) -> None:
        super().__init__()
        self.layer = nn.ModuleList(
            BertLayer(width, heads, inner, eps, memory_width) for _ in range(layers)
        )

    def forward(
        self,
        states: Tensor,
        bias: Tensor | None,
        memory: Tensor | None = None,
        memory_bias: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """[N, L, width] → [N, L, width], and the last layer's cross-attention weights."""
        weights = None
        for layer in self.layer:
            states, weights = layer(states, bias, memory, memory_bias)
        return states, weights


class BertEmbeddings(nn.Module):
    """Word, position and token type embeddings, summed and normed; every token is of type 0."""

    def __init__(self, vocabulary: int, positions: int, types: int, width: int, eps: float) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width)
        self.position_embeddings = nn.Embedding(positions, width)
        self.token_type_embeddings = nn.Embedding(types, width)
        self.LayerNorm = nn.LayerNorm(width, eps=eps)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Ids [N, L] → [N, L, width]."""
        constant = self.position_embeddings.weight + self.token_type_embeddings.weight[0]
        positions = constant[: input_ids.shape[1]]
        normed: Tensor = self.LayerNorm(self.word_embeddings(input_ids) + positions)
        return normed


class Bert(nn.Module):
    """BERT without its pooler."""

    def __init__(
        self,
        *,
        vocabulary: int,
        positions: int,
        types: int,
        width: int,
        layers: int,
        heads: int,
        inner: int,
        eps: float,
    ) -> None:
        super().__init__()
        self.embeddings = BertEmbeddings(vocabulary, positions, types, width, eps)
        self.encoder = BertEncoder(layers, width, heads, inner, eps)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Ids and mask [N, L] → hidden states [N, L, width]."""
        states, _ = self.encoder(self.embeddings(input_ids), key_bias(attention_mask))
        hidden: Tensor = states
        return hidden
