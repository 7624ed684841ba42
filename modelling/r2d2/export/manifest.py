"""The manifest of a model package, field by field as the app reads it (src/model/manifest.ts)."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from r2d2.architecture.calibration import Calibration
from r2d2.errors import R2D2Error

FORMAT = 1

Triple = tuple[float, float, float]


class FileEntry(TypedDict):
    """A file of the package, named relative to its manifest."""

    file: str
    bytes: int
    sha256: str


class GraphEntry(FileEntry):
    """An ONNX graph and the files that hold its weights."""

    external: NotRequired[list[FileEntry]]


Graphs = dict[str, dict[str, GraphEntry]]
"""Role → variant → graph."""


@dataclass(frozen=True)
class ImageInput:
    """How a photo becomes `pixel_values`: squashed to size x size, (RGB / 255 − mean) / std."""

    size: int
    mean: Triple
    std: Triple


@dataclass(frozen=True)
class TextInput:
    """How a sentence becomes `input_ids`."""

    max_tokens: int
    prefix: str = ""


@dataclass(frozen=True)
class Tokens:
    """Shapes of what the encoders hand to the ranker."""

    image_count: int
    image_width: int
    text_width: int


@dataclass(frozen=True)
class Rerank:
    """Final score = match_weight · match probability + cosine_weight · cosine."""

    candidates: int
    match_weight: float = 1.0
    cosine_weight: float = 1.0


@dataclass(frozen=True)
class Labels:
    """Sentence templates of a label by language; {} stands for its name."""

    templates: Mapping[str, Sequence[str]]
    none_below: float


@dataclass(frozen=True)
class Caption:
    """What writing a caption needs: ids of the caption tokenizer, and the shape of the cache."""

    max_tokens: int
    start_tokens: Mapping[str, int]
    end_token: int
    layers: int
    heads: int
    head_width: int
    tokenizer: str


@dataclass(frozen=True)
class Description:
    """Everything that a manifest says about a model except for its files.

    The app keeps an index for each `id@version` and compares whatever has the same: the `version`
    None stands for one made of the package's content, so that embeddings of two never mix.
    """

    id: str
    version: str | None
    name: str
    description: str
    license: str
    source: str
    image: ImageInput
    text: TextInput
    dimensions: int
    logit_scale: float
    tokens: Tokens
    rerank: Rerank
    languages: Sequence[str] = ("zh", "en")
    labels: Labels | None = None
    calibration: Calibration | None = None
    caption: Caption | None = None
    metrics: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        """Raises R2D2Error for what the app would refuse."""
        if not re.fullmatch(r"[A-Za-z0-9._-]+", self.id):
            raise R2D2Error(
                f"'{self.id}' cannot be a model's id: use one or more of the letters A to Z and a "
                "to z, digits, '.', '_' and '-'"
            )
        for what, value in (("version", self.version), ("name", self.name)):
            if value is not None and not value.strip():
                raise R2D2Error(f"the model's {what} is empty: give it one")
        for what, own in vars(self).items():
            try:
                json.dumps(own, allow_nan=False, default=vars)
            except ValueError as error:
                raise R2D2Error(
                    f"the model's {what} holds a number that is not finite, which no manifest can "
                    "hold: use another checkpoint"
                ) from error


def manifest_values(about: Description, graphs: Graphs) -> dict[str, Any]:
    """The manifest as plain JSON values."""
    values: dict[str, Any] = {
        "format": FORMAT,
        "id": about.id,
        "version": about.version,
        "name": about.name,
        "description": about.description,
        "license": about.license,
        "source": about.source,
        "languages": list(about.languages),
    }
    if about.labels is not None:
        values["labels"] = {
            "templates": {key: list(lines) for key, lines in about.labels.templates.items()},
            "noneBelow": about.labels.none_below,
        }
    if about.calibration is not None:
        values["calibration"] = {
            "scale": about.calibration.scale,
            "shift": about.calibration.shift,
        }
    values |= {
        "image": {
            "size": about.image.size,
            "resize": "squash",
            "interpolation": "bicubic",
            "mean": list(about.image.mean),
            "std": list(about.image.std),
        },
        "text": {
            "tokenizer": "tokenizer.json",
            "maxTokens": about.text.max_tokens,
            "prefix": about.text.prefix,
        },
        "embedding": {"dimensions": about.dimensions, "logitScale": about.logit_scale},
        "tokens": {
            "image": {"count": about.tokens.image_count, "width": about.tokens.image_width},
            "text": {"width": about.tokens.text_width},
        },
        "rerank": {
            "candidates": about.rerank.candidates,
            "matchWeight": about.rerank.match_weight,
            "cosineWeight": about.rerank.cosine_weight,
        },
    }
    if about.caption is not None:
        values["caption"] = {
            "maxTokens": about.caption.max_tokens,
            "startTokens": dict(about.caption.start_tokens),
            "endToken": about.caption.end_token,
            "layers": about.caption.layers,
            "heads": about.caption.heads,
            "headWidth": about.caption.head_width,
            "tokenizer": about.caption.tokenizer,
        }
    values["graphs"] = graphs
    if about.metrics:
        values["metrics"] = [dict(metric) for metric in about.metrics]
    return values


def write_manifest(path: Path, about: Description, graphs: Graphs) -> None:
    """Write manifest.json, into the folder that holds the package's other files."""
    if about.version is None:
        about = replace(about, version=_content_version(path.parent, about, graphs))
    _write(path, manifest_values(about, graphs))


def record_metrics(folder: Path, metrics: Sequence[Mapping[str, Any]]) -> None:
    """Puts figures into a package's manifest; one of the same data and measure gives way."""
    path = folder / "manifest.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    names = ("dataset", "split", "measure")
    found = [*values.get("metrics", []), *metrics]
    by_name = {tuple(own.get(name) for name in names): own for own in found}
    _write(path, values | {"metrics": list(by_name.values())})


def _write(path: Path, values: Mapping[str, Any]) -> None:
    # The app's JSON.parse refuses NaN, and with it the whole manifest.
    text = json.dumps(values, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _content_version(folder: Path, about: Description, graphs: Graphs) -> str:
    """A digest of all that decides an embedding: graphs and weights, tokenizer, preparation."""
    values = manifest_values(about, graphs)
    decisive = {key: values[key] for key in ("image", "text", "graphs")}
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode())
    digest.update((folder / values["text"]["tokenizer"]).read_bytes())
    return digest.hexdigest()[:12]
