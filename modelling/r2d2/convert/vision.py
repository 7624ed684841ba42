"""The CLIP vision tower under its Hugging Face names, and the image encoder around it."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from r2d2.convert.checkpoint import Checkpoint, Config, ConversionError
from r2d2.convert.layers import attend

PATCHES = "embeddings.patch_embedding.weight"
POSITIONS = "embeddings.position_embedding.weight"


class QuickGelu(nn.Module):
    """x · sigmoid(1.702 x), CLIP's approximation of GELU."""

    def forward(self, states: Tensor) -> Tensor:
        """Elementwise."""
        return states * torch.sigmoid(1.702 * states)


ACTIVATIONS = {"quick_gelu": QuickGelu, "gelu": nn.GELU}
"""By the name that a configuration gives them; the first is CLIP's own."""


class ClipAttention(nn.Module):
    """CLIP's self attention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, states: Tensor, bias: Tensor | None) -> Tensor:
        """[N, L, width] → [N, L, width]."""
        context, _ = attend(
            self.q_proj(states), self.k_proj(states), self.v_proj(states), self.heads, bias
        )
        out: Tensor = self.out_proj(context)
        return out


class ClipMlp(nn.Module):
    """CLIP's MLP."""

    def __init__(self, width: int, inner: int, act: str) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[act]()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)

    def forward(self, states: Tensor) -> Tensor:
        """[N, L, width] → [N, L, width]."""
        out: Tensor = self.fc2(self.activation(self.fc1(states)))
        return out


class ClipLayer(nn.Module):
    """A pre-norm transformer layer."""

    def __init__(self, width: int, heads: int, inner: int, act: str, eps: float) -> None:
        super().__init__()
        self.self_attn = ClipAttention(width, heads)
        self.layer_norm1 = nn.LayerNorm(width, eps=eps)
        self.mlp = ClipMlp(width, inner, act)
        self.layer_norm2 = nn.LayerNorm(width, eps=eps)

    def forward(self, states: Tensor, bias: Tensor | None) -> Tensor:
        """[N, L, width] → [N, L, width]; `bias` broadcasts to the attention logits."""
        states = states + self.self_attn(self.layer_norm1(states), bias)
        out: Tensor = states + self.mlp(self.layer_norm2(states))
        return out


class ClipEncoder(nn.Module):
    """A stack of CLIP layers."""

    def __init__(
        self, layers: int, width: int, heads: int, inner: int, act: str, eps: float
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(ClipLayer(width, heads, inner, act, eps) for _ in range(layers))

    def forward(self, states: Tensor, bias: Tensor | None = None) -> Tensor:
        """[N, L, width] → [N, L, width]."""
        for layer in self.layers:
            states = layer(states, bias)
        return states


class VisionEmbeddings(nn.Module):
    """Class token and patches, with their positions."""

    def __init__(self, width: int, patch: int, tokens: int) -> None:
        super().__init__()
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.patch_embedding = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.position_embedding = nn.Embedding(tokens, width)

    def forward(self, pixel_values: Tensor) -> Tensor:
        """[N, 3, S, S] → [N, 1 + patches, width], class token first, then patches row by row."""
        patches = self.patch_embedding(pixel_values).flatten(2).transpose(1, 2)
        # A row of zeros takes the class token with its position: no shape arithmetic in the graph.
        positions = self.position_embedding.weight
        first = (positions[0] + self.class_embedding).unsqueeze(0)
        return functional.pad(patches, (0, 0, 1, 0)) + torch.cat([first, positions[1:]])


class VisionTower(nn.Module):
    """CLIP's vision transformer without its last norm."""

    def __init__(
        self,
        *,
        width: int,
        patch: int,
        tokens: int,
        layers: int,
        heads: int,
        inner: int,
        act: str,
        eps: float,
    ) -> None:
        super().__init__()
        self.embeddings = VisionEmbeddings(width, patch, tokens)
        self.pre_layrnorm = nn.LayerNorm(width, eps=eps)
        self.encoder = ClipEncoder(layers, width, heads, inner, act, eps)

    def forward(self, pixel_values: Tensor) -> Tensor:
        """[N, 3, S, S] → hidden states [N, P, width]."""
        states: Tensor = self.encoder(self.pre_layrnorm(self.embeddings(pixel_values)))
        return states


class ImageEncoder(nn.Module):
    """Tower and projection; `norm` is what CLIP applies to the class token and R2D2 does not."""

    def __init__(
        self, tower: VisionTower, projection: nn.Linear, norm: nn.LayerNorm | None = None
    ) -> None:
        super().__init__()
        self.tower = tower
        self.projection = projection
        self.norm = norm

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, S, S] → unit-length embeddings [N, D], hidden states [N, P, width]."""
        hidden = self.tower(pixel_values)
        pooled = hidden[:, 0]
        if self.norm is not None:
            pooled = self.norm(pooled)
        return functional.normalize(self.projection(pooled), dim=-1), hidden


def read_vision_tower(checkpoint: Checkpoint, prefix: str, config: Config) -> VisionTower:
    """Build and fill the tower: sizes from the tensors, heads from the configuration."""
    patches, positions = f"{prefix}{PATCHES}", f"{prefix}{POSITIONS}"
    layer, mlp = f"{prefix}encoder.layers.", f"{prefix}encoder.layers.0.mlp.fc1.weight"
    width, patch = patch_shape(checkpoint, prefix)
    config.expect(patches, hidden_size=width, patch_size=patch)
    tokens, _ = checkpoint.matrix(positions)
    config.expect(positions, image_size=image_size(checkpoint, prefix))
    layers = checkpoint.layers(layer)
    config.expect(layer, num_hidden_layers=layers)
    inner, _ = checkpoint.matrix(mlp)
    config.expect(mlp, intermediate_size=inner)
    with torch.device("meta"):
        tower = VisionTower(
            width=width,
            patch=patch,
            tokens=tokens,
            layers=layers,
            heads=config.heads(width),
            inner=inner,
            act=config.choose("hidden_act", *ACTIVATIONS),
            eps=config.number("layer_norm_eps", 1e-5),
        )
    checkpoint.fill(tower, prefix)
    return tower


def patch_shape(checkpoint: Checkpoint, prefix: str) -> tuple[int, int]:
    """Width of the tower, and side of a patch in pixels."""
    weight = checkpoint.shape(f"{prefix}{PATCHES}")
    if len(weight) != 4 or weight[1] != 3 or weight[2] != weight[3]:
        raise ConversionError(f"{checkpoint.path}: {prefix}{PATCHES} has shape {list(weight)}")
    return weight[0], weight[2]


def image_size(checkpoint: Checkpoint, prefix: str) -> int:
    """Side of the photo in pixels, from the number of tokens: one, and a square of patches."""
    tokens, _ = checkpoint.matrix(f"{prefix}{POSITIONS}")
    grid = math.isqrt(tokens - 1)
    if grid**2 != tokens - 1:
        raise ConversionError(
            f"{checkpoint.path}: the {tokens} positions of {prefix}{POSITIONS} are not a class "
            "token and a square of patches"
        )
    return grid * patch_shape(checkpoint, prefix)[1]


def read_linear(
    checkpoint: Checkpoint,
    name: str,
    inputs: int,
    outputs: int | None = None,
    bias: bool = True,
) -> nn.Linear:
    """Build and fill a linear layer of a given input width, and of any output width but a given."""
    rows, _ = checkpoint.matrix(f"{name}.weight")
    if bias and outputs is None and checkpoint.shape(f"{name}.bias") != (rows,):
        raise ConversionError(
            f"{checkpoint.path}: {name}.weight has {rows} rows, but {name}.bias has shape "
            f"{list(checkpoint.shape(f'{name}.bias'))}"
        )
    outputs = rows if outputs is None else outputs
    with torch.device("meta"):
        linear = nn.Linear(inputs, outputs, bias=bias)
    checkpoint.fill(linear, f"{name}.")
    return linear
