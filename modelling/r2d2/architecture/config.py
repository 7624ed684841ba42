"""Sizes of an R2D2 model; a checkpoint stores them beside its weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stage:
    """A run of inverted residual blocks; only the first one strides and widens."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


# EfficientNet-lite2: width 1.1, depth 1.2, stem and head not scaled.
_LITE2_STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(3, 3, 2, 6, 24),
    Stage(3, 5, 2, 6, 48),
    Stage(4, 3, 2, 6, 88),
    Stage(4, 5, 1, 6, 120),
    Stage(5, 5, 2, 6, 208),
    Stage(1, 3, 1, 6, 352),
)


@dataclass(frozen=True)
class ImageConfig:
    """The photo side: a convolutional backbone whose last grid becomes the image tokens."""

    size: int = 224
    mean: tuple[float, float, float] = (127 / 255, 127 / 255, 127 / 255)
    std: tuple[float, float, float] = (128 / 255, 128 / 255, 128 / 255)
    stem_channels: int = 32
    stages: tuple[Stage, ...] = _LITE2_STAGES
    feature_width: int = 1280
    token_width: int = 256
    # What stands for the texts that a photo's hubness is measured against, for each expert.
    anchors: int = 512

    @property
    def grid(self) -> int:
        """Side of the last feature grid, in cells."""
        stride = 2
        for stage in self.stages:
            stride *= stage.stride
        return -(-self.size // stride)

    @property
    def last_strided_stage(self) -> int:
        """Index of the stage that makes the last grid."""
        return max(i for i, stage in enumerate(self.stages) if stage.stride > 1)

    @property
    def grain_width(self) -> int:
        """Channels of the grid before the last stride."""
        before = self.last_strided_stage - 1
        return self.stages[before].channels if before >= 0 else self.stem_channels

    @property
    def cell_widths(self) -> tuple[int, ...]:
        """What a token is made of: features and grain."""
        return self.feature_width, self.grain_width

    @property
    def pooled_widths(self) -> tuple[int, ...]:
        """What the embedding is made of: mean and maximum of the features, texture."""
        return self.feature_width, self.feature_width, 2 * self.grain_width

    @property
    def token_count(self) -> int:
        """Number of image tokens, one a grid cell."""
        return self.grid**2


@dataclass(frozen=True)
class TextConfig:
    """The text side: a BERT encoder with learned positions."""

    vocabulary: int = 24000
    max_tokens: int = 64
    layers: int = 12
    width: int = 384
    heads: int = 12
    mlp_width: int = 1536
    norm_eps: float = 1e-12
    prefix: str = "query: "

    @property
    def piece_widths(self) -> tuple[int, ...]:
        """What a token is made of: state and word."""
        return self.width, self.width

    @property
    def pooled_widths(self) -> tuple[int, ...]:
        """What the embedding is made of: mean and maximum of the states, mean of the words."""
        return self.width, self.width, self.width


@dataclass(frozen=True)
class RankerConfig:
    """The two cross encoders."""

    # How much more the most similar tokens count: 0 would give the mean, infinity the maximum.
    sharpness: float = 10.0
    # The same for the texts that tell how much of a hub a photo is.
    hub_sharpness: float = 15.0


@dataclass(frozen=True)
class ExpertConfig:
    """One expert of the dual encoder: its share of the embedding, its heads' hidden units."""

    width: int = 384
    image_hidden: int = 512
    text_hidden: int = 512


@dataclass(frozen=True)
class R2D2Config:
    """Everything that fixes the shape of a model."""

    experts: tuple[ExpertConfig, ...] = (ExpertConfig(),)
    image: ImageConfig = field(default_factory=ImageConfig)
    text: TextConfig = field(default_factory=TextConfig)
    ranker: RankerConfig = field(default_factory=RankerConfig)

    @property
    def embedding_width(self) -> int:
        """Values of an embedding: the experts' side by side."""
        return sum(expert.width for expert in self.experts)

    @property
    def whole_width(self) -> int:
        """Values that tokens carry of a photo or sentence as a whole."""
        return self.embedding_width + len(self.experts)

    @property
    def slice_width(self) -> int:
        """Values of an image token that are a slice of what is said of the whole photo."""
        return -(-self.whole_width // self.image.token_count)

    @property
    def place_width(self) -> int:
        """Values of a token that are its cell's or piece's own."""
        return self.image.token_width - self.slice_width

    @property
    def text_token_width(self) -> int:
        """Values of a text token: its piece's own, then what is said of the whole sentence."""
        return self.place_width + self.whole_width

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a checkpoint or a JSON file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> R2D2Config:
        """Inverse of `to_dict`; unknown keys raise `TypeError`."""
        image = dict(values["image"])
        image["stages"] = tuple(Stage(**stage) for stage in image["stages"])
        image["mean"] = tuple(image["mean"])
        image["std"] = tuple(image["std"])
        return cls(
            experts=tuple(ExpertConfig(**expert) for expert in values["experts"]),
            image=ImageConfig(**image),
            text=TextConfig(**values["text"]),
            ranker=RankerConfig(**values["ranker"]),
        )
