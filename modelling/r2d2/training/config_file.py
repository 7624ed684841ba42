"""A run's options, read from a TOML file: what is misspelt or of another type is an error at once.

The last stages begin hours after the first ones, and an option that is not read would do nothing.
"""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from r2d2.architecture import ImageConfig, R2D2Config, RankerConfig, TextConfig
from r2d2.data.photos import VIEWS
from r2d2.errors import R2D2Error
from r2d2.training.config import (
    AlignConfig,
    CaptionConfig,
    DistilConfig,
    ExpertPlan,
    RankConfig,
    TrainConfig,
    TuneConfig,
    TuneTextConfig,
)

T = TypeVar("T")

# The pretrained backbone has its own.
_NOT_SET = {"stages"}
# What a tuned encoder's own heads are trained by; the other options of `AlignConfig` are read by
# the experts alone.
_TUNED_BY = {
    "batch",
    "learning_rate",
    "weight_decay",
    "dropout",
    "temperature",
    "fragments",
    "phrase_targets",
    "phrase_sharpness",
    "mixup",
    "feature_noise",
}
_SAID = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def load_config(path: Path) -> TrainConfig:
    """Reads `[model.image|text|ranker]` and a table for each stage, `[[expert]]` for each expert.

    `[align]` holds for all that trains embedding heads; their own tables' values come first. What
    is absent keeps its default. Raises `R2D2Error` for a file that is no TOML, a key that does not
    exist or is not read where it stands, a value of another type, views that do not exist, and for
    two experts of one name.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise R2D2Error(f"{path} is no TOML: {error}") from error
    try:
        return _config(values)
    except R2D2Error as error:
        raise R2D2Error(f"{path}: {error}") from error


def _config(values: dict[str, Any]) -> TrainConfig:
    names = {f.name for f in fields(TrainConfig)} - {"experts"} | {"expert", "align"}
    _known("the file", values, names)
    sizes = _table(values, "model")
    _known("[model]", sizes, {"image", "text", "ranker"})
    align = _table(values, "align")
    given = values.get("expert", [{"name": "all"}])
    if not isinstance(given, list):
        raise R2D2Error("experts are tables of a list: write [[expert]]")
    experts = tuple(_aligned(ExpertPlan, "expert", expert, align) for expert in given)
    if len({expert.name for expert in experts}) < len(experts):
        raise R2D2Error("every [[expert]] needs a name of its own")
    distil = _section(DistilConfig, "distil", _table(values, "distil"))
    # Where the experts have learned from a ranker, the gate only mixes them.
    gate = _section(AlignConfig, "gate", align | _table(values, "gate"))
    alone: dict[str, Any] = {name: values[name] for name in ("seed", "views") if name in values}
    _typed(TrainConfig, "the file", alone)
    config = TrainConfig(
        model=R2D2Config(
            image=_section(ImageConfig, "model.image", _table(sizes, "image")),
            text=_section(TextConfig, "model.text", _table(sizes, "text")),
            ranker=_section(RankerConfig, "model.ranker", _table(sizes, "ranker")),
        ),
        tune=_tuned(TuneConfig, "tune", values, align),
        tune_text=_tuned(TuneTextConfig, "tune_text", values, align),
        experts=experts,
        gate=replace(gate, rank_targets=0.0),
        distil=replace(distil, sizes=tuple(distil.sizes)),
        rank=_section(RankConfig, "rank", _table(values, "rank")),
        caption=_section(CaptionConfig, "caption", _table(values, "caption")),
        **alone,
    )
    if config.views not in range(1, len(VIEWS) + 1):
        raise R2D2Error(f"views = {config.views}, but there are 1 to {len(VIEWS)} of a photo")
    return config


def _table(values: dict[str, Any], name: str) -> dict[str, Any]:
    found = values.get(name, {})
    if not isinstance(found, dict):
        raise R2D2Error(f"{name} = {found!r}, but it is a table: write [{name}]")
    return found


def _section(kind: type[T], name: str, values: dict[str, Any]) -> T:
    """A dataclass from a TOML table."""
    where = f"[{name}]"
    _known(where, values, {f.name for f in fields(kind)} - _NOT_SET)  # type: ignore[arg-type]
    _typed(kind, where, values)
    return kind(**values)


def _aligned(kind: type[T], name: str, values: dict[str, Any], align: dict[str, Any]) -> T:
    """A section with an `align` of its own, whose values come before those that all share."""
    if kind is ExpertPlan and "name" not in values:
        raise R2D2Error("every [[expert]] needs a name of its own")
    own = _section(AlignConfig, f"{name}.align", align | _table(values, "align"))
    return _section(kind, name, values | {"align": own})


def _tuned(kind: type[T], name: str, values: dict[str, Any], align: dict[str, Any]) -> T:
    """The section of an encoder that is tuned: of what all share it takes what it reads."""
    own = _table(values, name)
    _known(f"[{name}.align]", _table(own, "align"), _TUNED_BY)
    return _aligned(kind, name, own, align)


def _known(where: str, values: dict[str, Any], names: set[str]) -> None:
    unknown = set(values) - names
    if unknown:
        raise R2D2Error(f"unknown keys for {where}: {', '.join(sorted(unknown))}")


def _typed(kind: type, where: str, values: dict[str, Any]) -> None:
    """Checks numbers, texts and truths; a whole number may stand for any number."""
    hints = get_type_hints(kind)
    for name, value in values.items():
        wanted = hints[name]
        fitting = (int, float) if wanted is float else wanted
        truth = isinstance(value, bool) and wanted is not bool
        if wanted in _SAID and (truth or not isinstance(value, fitting)):
            raise R2D2Error(f"{where} {name} = {value!r}, but it is {_SAID[wanted]}")
