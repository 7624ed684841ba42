"""Text encoders: BERT (R2D2 and Chinese-CLIP) and CLIP's own transformer."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from r2d2.convert.checkpoint import Checkpoint, Config
from r2d2.convert.layers import MASKED, Bert
from r2d2.convert.vision import ACTIVATIONS, ClipEncoder


class BertTextEncoder(nn.Module):
    """BERT and the projection of its first token."""

    def __init__(self, bert: Bert, projection: nn.Linear) -> None:
        super().__init__()
        self.bert = bert
        self.projection = projection

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """[N, L] → unit-length embeddings [N, D], hidden states [N, L, width]."""
        hidden = self.bert(input_ids, attention_mask)
        return functional.normalize(self.projection(hidden[:, 0]), dim=-1), hidden


def read_bert(checkpoint: Checkpoint, prefix: str, config: Config) -> Bert:
    """Build and fill BERT: sizes from the tensors, heads from the configuration."""
    word, position, token_type = (
        f"{prefix}embeddings.{name}_embeddings.weight"
        for name in ("word", "position", "token_type")
    )
    layer, mlp = f"{prefix}encoder.layer.", f"{prefix}encoder.layer.0.intermediate.dense.weight"
    vocabulary, width = checkpoint.matrix(word)
    config.expect(word, vocab_size=vocabulary, hidden_size=width)
    positions, _ = checkpoint.matrix(position)
    config.expect(position, max_position_embeddings=positions)
    types, _ = checkpoint.matrix(token_type)
    config.expect(token_type, type_vocab_size=types)
    layers = checkpoint.layers(layer)
    config.expect(layer, num_hidden_layers=layers)
    inner, _ = checkpoint.matrix(mlp)
    config.expect(mlp, intermediate_size=inner)
    config.choose("hidden_act", "gelu")
    with torch.device("meta"):
        bert = Bert(
            vocabulary=vocabulary,
            positions=positions,
            types=types,
            width=width,
            layers=layers,
            heads=config.heads(width),
            inner=inner,
            eps=config.number("layer_norm_eps", 1e-12),
        )
    checkpoint.fill(bert, prefix)
    return bert


class ClipTextEmbeddings(nn.Module):
    """Token and position embeddings."""

    def __init__(self, vocabulary: int, positions: int, width: int) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.position_embedding = nn.Embedding(positions, width)

    def forward(self, input_ids: Tensor) -> Tensor:
        """[N, L] → [N, L, width]."""
        embedded: Tensor = self.token_embedding(input_ids)
        return embedded + self.position_embedding.weight[: input_ids.shape[1]]


class ClipTextTransformer(nn.Module):
    """CLIP's text transformer: every token sees itself and those before it."""

    def __init__(
        self,
        *,
        vocabulary: int,
        positions: int,
        width: int,
        layers: int,
        heads: int,
        inner: int,
        act: str,
        eps: float,
    ) -> None:
        super().__init__()
        self.positions = positions
        self.embeddings = ClipTextEmbeddings(vocabulary, positions, width)
        self.encoder = ClipEncoder(layers, width, heads, inner, act, eps)
        self.final_layer_norm = nn.LayerNorm(width, eps=eps)

    def forward(self, input_ids: Tensor) -> Tensor:
        """[N, L] → normed hidden states [N, L, width]."""
        length = input_ids.shape[1]
        later = torch.full((self.positions, self.positions), MASKED, device="cpu").triu(1)
        states = self.encoder(self.embeddings(input_ids), later[:length, :length])
        normed: Tensor = self.final_layer_norm(states)
        return normed


class ClipTextEncoder(nn.Module):
    """CLIP's text transformer and the projection of the last real token."""

    def __init__(self, transformer: ClipTextTransformer, projection: nn.Linear) -> None:
        super().__init__()
        self.transformer = transformer
        self.projection = projection

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """[N, L] → unit-length embeddings [N, D], hidden states [N, L, width]."""
        hidden = self.transformer(input_ids)
        # 1 where the mask falls from 1 to 0. The end token's place is found without an ArgMax,
        # which would leave the GPU.
        mask = attention_mask.to(hidden.dtype)
        last = mask - functional.pad(mask[:, 1:], (0, 1))
        pooled = (hidden * last.unsqueeze(-1)).sum(1)
        return functional.normalize(self.projection(pooled), dim=-1), hidden


def read_clip_text(checkpoint: Checkpoint, prefix: str, config: Config) -> ClipTextTransformer:
    """Build and fill CLIP's text transformer: sizes from the tensors, heads from the config."""
    token, position = (
        f"{prefix}embeddings.{name}_embedding.weight" for name in ("token", "position")
    )
    layer, mlp = f"{prefix}encoder.layers.", f"{prefix}encoder.layers.0.mlp.fc1.weight"
    vocabulary, width = checkpoint.matrix(token)
    config.expect(token, vocab_size=vocabulary, hidden_size=width)
    positions, _ = checkpoint.matrix(position)
    config.expect(position, max_position_embeddings=positions)
    layers = checkpoint.layers(layer)
    config.expect(layer, num_hidden_layers=layers)
    inner, _ = checkpoint.matrix(mlp)
    config.expect(mlp, intermediate_size=inner)
    with torch.device("meta"):
        transformer = ClipTextTransformer(
            vocabulary=vocabulary,
            positions=positions,
            width=width,
            layers=layers,
            heads=config.heads(width),
            inner=inner,
            act=config.choose("hidden_act", *ACTIVATIONS),
            eps=config.number("layer_norm_eps", 1e-5),
        )
    checkpoint.fill(transformer, prefix)
    return transformer
