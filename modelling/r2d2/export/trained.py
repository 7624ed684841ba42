"""What a package's manifest says of a model that we trained."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from r2d2.architecture import R2D2
from r2d2.architecture.calibration import Calibration
from r2d2.architecture.captioner import TOKENIZER_FILE, CaptionerConfig
from r2d2.data.labels import LABEL_TEMPLATES
from r2d2.export.manifest import (
    Caption,
    Description,
    ImageInput,
    Labels,
    Rerank,
    TextInput,
    Tokens,
)


def describe(
    model: R2D2,
    *,
    id: str,
    version: str | None,
    name: str,
    description: str,
    license: str,
    source: str,
    candidates: int,
    metrics: Sequence[Mapping[str, Any]] = (),
) -> Description:
    """Sizes, score weights, calibration and thresholds are read from the model itself."""
    config = model.config
    match_weight, cosine_weight = model.rerank_weights.tolist()
    scale, shift = model.calibration.tolist()
    return Description(
        id=id,
        version=version,
        name=name,
        description=description,
        license=license,
        source=source,
        image=ImageInput(config.image.size, config.image.mean, config.image.std),
        text=TextInput(config.text.max_tokens, config.text.prefix),
        dimensions=config.embedding_width,
        logit_scale=float(model.logit_scale.detach()),
        tokens=Tokens(config.image.token_count, config.image.token_width, config.text_token_width),
        rerank=Rerank(candidates, match_weight, cosine_weight),
        labels=Labels(LABEL_TEMPLATES, float(model.none_below)),
        calibration=Calibration(scale, shift),
        metrics=metrics,
    )


def describe_captioner(config: CaptionerConfig) -> Caption:
    """What the app needs to know of a captioner beside its graph."""
    return Caption(
        config.max_tokens,
        config.start_tokens,
        config.end_token,
        config.layers,
        config.heads,
        config.head_width,
        TOKENIZER_FILE,
    )


_UNITS = {
    "AUC": "share",
    "P@10": "share",
    "BLEU": "points",
    "CIDEr": "points",
    "unfinished": "captions",
    "unknown": "captions",
}
"""By how a figure's name begins; the others are per cent."""


def measured(figures: Mapping[str, Any], *path: str) -> list[dict[str, Any]]:
    """The nested figures of an evaluation as the manifest's flat list.

    Nothing says which data set it was, only that its own training held these photos back. NaN, the
    figure of what there were no photos for, is left out.
    """
    found: list[dict[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, Mapping):
            found += measured(value, *path, name)
        elif math.isfinite(value):
            found.append(
                {
                    "dataset": "validation photos of the training data",
                    "split": "val",
                    "measure": " / ".join((*path, name)),
                    "number": round(float(value), 4),
                    "unit": next((_UNITS[own] for own in _UNITS if name.startswith(own)), "%"),
                }
            )
    return found
