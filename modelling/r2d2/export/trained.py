"""What a package's manifest says of a model that we trained."""

from collections.abc import Mapping, Sequence
from typing import Any

from r2d2.architecture import R2D2
from r2d2.architecture.captioner import TOKENIZER_FILE, CaptionerConfig
from r2d2.export.manifest import (
    Calibration,
    Caption,
    Description,
    ImageInput,
    Labels,
    Rerank,
    TextInput,
    Tokens,
)

TEMPLATES = {"zh": ("一张{}的照片", "{}"), "en": ("a photo of {}", "{}")}


def describe(
    model: R2D2,
    *,
    id: str,
    version: str,
    name: str,
    description: str,
    license: str,
    source: str,
    candidates: int,
    none_below: float = 0.0,
    metrics: Sequence[Mapping[str, Any]] = (),
) -> Description:
    """Sizes, score weights and calibration are read from the model itself."""
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
        labels=Labels(TEMPLATES, none_below),
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
