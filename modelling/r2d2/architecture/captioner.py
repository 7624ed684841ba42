"""Writes a caption word by word from a photo's tokens: a small autoregressive decoder.

Every step reads one token and what earlier steps left of themselves (keys and values of the self
attention). The photo's keys and values are computed anew in each step, since a graph keeps nothing
between two runs; so one projection of them serves all layers.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.errors import R2D2Error, checkpoint_faults
from r2d2.tokenizer import read_tokenizer

TOKENIZER_FILE = "caption-tokenizer.json"
NEVER = -10000.0
"""Logit of what must not be written or looked at."""


@dataclass(frozen=True)
class CaptionerConfig:
    """Sizes of the decoder, and the token ids that mean something to it."""

    vocabulary: int
    start_tokens: Mapping[str, int]
    end_token: int
    # Ids that are never written, such as padding and the unknown token.
    unwritten: tuple[int, ...]
    image_tokens: int = 49
    image_width: int = 256
    max_tokens: int = 40
    layers: int = 3
    width: int = 256
    heads: int = 4
    mlp_width: int = 1024
    dropout: float = 0.1

    @property
    def head_width(self) -> int:
        """Values of one attention head."""
        return self.width // self.heads


class LockedDropout(nn.Module):
    """Dropout of whole channels, the same ones at every place of a sequence."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """[N, L, W] → [N, L, W]."""
        if not self.training or not self.share:
            return x
        kept = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= self.share
        return x * (kept / (1 - self.share)).to(x.dtype)


class PhotoMemory(nn.Module):
    """Keys and values of a photo's tokens, which every layer looks at."""

    def __init__(self, config: CaptionerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm = nn.LayerNorm(config.image_width)
        self.positions = nn.Parameter(torch.zeros(config.image_tokens, config.image_width))
        self.dropout = LockedDropout(config.dropout)
        self.key = nn.Linear(config.image_width, config.width)
        self.value = nn.Linear(config.image_width, config.width)

    def forward(self, image_tokens: Tensor) -> tuple[Tensor, Tensor]:
        """[N, P, Wi] → keys and values, both [N, heads, P, head width]."""
        x = self.dropout(self.norm(image_tokens) + self.positions)
        return split_heads(self.key(x), self.heads), split_heads(self.value(x), self.heads)


class CaptionLayer(nn.Module):
    """Self attention, a look at the photo and MLP, each with residual and norm before it."""

    def __init__(self, config: CaptionerConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.self_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.look_norm = nn.LayerNorm(width)
        self.look_query = nn.Linear(width, width)
        self.look_output = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, config.mlp_width)
        self.project = nn.Linear(config.mlp_width, width)
        self.dropout = LockedDropout(config.dropout)

    def forward(
        self, x: Tensor, memory: tuple[Tensor, Tensor], past: Tensor | None, bias: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Tokens [N, L, W] after T earlier ones → their states and [2, N, heads, T + L, hw].

        The photo's keys and values may have fewer rows than x: then N / rows texts in a row share
        one photo.
        """
        normed = self.self_norm(x)
        key = split_heads(self.key(normed), self.heads)
        value = split_heads(self.value(normed), self.heads)
        if past is not None:
            key, value = torch.cat((past[0], key), 2), torch.cat((past[1], value), 2)
        mixed = attend(split_heads(self.query(normed), self.heads), key, value, bias)
        x = x + self.dropout(self.output(mixed))
        looking = self.look_query(self.look_norm(x))
        photos = memory[0].shape[0]
        seen = attend(split_heads(looking.view(photos, -1, looking.shape[2]), self.heads), *memory)
        x = x + self.dropout(self.look_output(seen).view(x.shape))
        hidden = F.gelu(self.expand(self.mlp_norm(x)))
        return x + self.dropout(self.project(hidden)), torch.stack((key, value))


class Captioner(nn.Module):
    """Token and position embeddings, the layers, and the same embeddings as the output."""

    never: Tensor

    def __init__(self, config: CaptionerConfig) -> None:
        super().__init__()
        self.config = config
        self.memory = PhotoMemory(config)
        self.words = nn.Embedding(config.vocabulary, config.width)
        self.positions = nn.Embedding(config.max_tokens, config.width)
        self.dropout = LockedDropout(config.dropout)
        self.layers = nn.ModuleList(CaptionLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        nn.init.normal_(self.words.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)
        never = torch.zeros(config.vocabulary)
        never[list(config.unwritten)] = NEVER
        self.register_buffer("never", never, persistent=False)

    def sequence_states(self, image_tokens: Tensor, input_ids: Tensor) -> Tensor:
        """Whole texts at once: photos [M, P, Wi], ids [N, L], N / M texts a photo → [N, L, W]."""
        length = input_ids.shape[1]
        memory = self.memory(image_tokens)
        bias = torch.full((length, length), NEVER, device=input_ids.device).triu(1)
        x: Tensor = self.dropout(self.words(input_ids) + self.positions.weight[:length])
        for layer in self.layers:
            x, _ = layer(x, memory, None, bias)
        return x

    def logits(self, states: Tensor) -> Tensor:
        """States [..., W] → logits [..., V], not masked: no target is what must not be written."""
        logits: Tensor = self.norm(states) @ self.words.weight.T
        return logits

    def forward(
        self, image_tokens: Tensor, input_ids: Tensor, position: Tensor, past: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One step: the logits of the token after `input_ids`.

        Photos [N, P, Wi], ids [N, 1], position [1] and past [layers, 2, N, heads, T, head width]
        → logits [N, V] and present, which is the next step's past, with T + 1.
        """
        memory = self.memory(image_tokens)
        x = self.words(input_ids) + self.positions(position[None])
        present = []
        for index, layer in enumerate(self.layers):
            x, own = layer(x, memory, past[index], None)
            present.append(own)
        return self.logits(x)[:, 0] + self.never, torch.stack(present)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[N, L, W] → [N, heads, L, W / heads]."""
    return x.view(x.shape[0], -1, heads, x.shape[2] // heads).transpose(1, 2)


def attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None) -> Tensor:
    """Queries over keys and values, [N, heads, L or K, head width] → [N, L, W]."""
    scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[3])
    if bias is not None:
        scores = scores + bias
    return (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)


def save_captioner(path: Path, captioner: Captioner, **about: Any) -> None:
    """Writes sizes and weights, with `about` (epoch, metrics, ...) beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    config = asdict(captioner.config)
    torch.save({"config": config, "state": captioner.state_dict(), **about}, part)
    part.replace(path)


class TrainedCaptioner(NamedTuple):
    """A captioner and the tokenizer of its captions."""

    model: Captioner
    tokenizer: Tokenizer


def load_captioner(path: Path, model: Path | None = None) -> TrainedCaptioner:
    """The captioner in evaluation mode; `caption-tokenizer.json` lies beside its checkpoint.

    Raises `R2D2Error` where the file is no checkpoint, or one of another version of the code, and
    where the captioner learned from other image tokens than those of the checkpoint `model`.
    """
    with checkpoint_faults(path):
        values: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        captioner = Captioner(CaptionerConfig(**values["config"]))
        captioner.load_state_dict(values["state"])
    learned_from = values.get("checkpoint")
    if model is not None and learned_from is not None and learned_from != digest_of(model):
        raise R2D2Error(
            f"{path} was trained on another checkpoint than {model}, whose image tokens say nothing"
            " to it: run `r2d2 train-captioner` for this one"
        )
    return TrainedCaptioner(captioner.eval(), read_tokenizer(path.with_name(TOKENIZER_FILE)))


def digest_of(checkpoint: Path) -> str:
    """What a captioner knows the model by whose image tokens it learned from."""
    with checkpoint.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
