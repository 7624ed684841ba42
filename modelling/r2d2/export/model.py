"""A trained R2D2 model → a model package."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx_ir as ir
import torch
from tokenizers import Tokenizer

from r2d2.architecture import R2D2
from r2d2.export.check import Figures, check_model, failures, table
from r2d2.export.manifest import (
    Calibration,
    Description,
    ImageInput,
    Labels,
    Rerank,
    TextInput,
    Tokens,
)
from r2d2.export.package import Package
from r2d2.export.quantize import wasm_int8, webgpu_int8
from r2d2.export.roles import trace_image_encoder, trace_ranker, trace_text_encoder
from r2d2.export.writer import PackageError, PackageWriter

VARIANTS = {"wasm": wasm_int8, "webgpu": webgpu_int8}


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
    labels: Labels | None = None,
    calibration: Calibration | None = None,
    metrics: Sequence[dict[str, Any]] = (),
) -> Description:
    """What the manifest says of a model: sizes and scores are read from the model itself."""
    config = model.config
    match_weight, cosine_weight = model.rerank_weights.tolist()
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
        tokens=Tokens(config.image.token_count, config.image.token_width, config.text.token_width),
        rerank=Rerank(candidates, match_weight, cosine_weight),
        labels=labels,
        calibration=calibration,
        metrics=metrics,
    )


def trace_model(model: R2D2, about: Description) -> dict[str, ir.Model]:
    """The float32 graph of each role."""
    with torch.no_grad():
        return {
            "imageEncoder": trace_image_encoder(model.image_encoder, about.image),
            "textEncoder": trace_text_encoder(model.text_encoder),
            "ranker": trace_ranker(model.ranker, about.tokens),
        }


def export_model(
    model: R2D2,
    tokenizer: Tokenizer,
    about: Description,
    out: Path,
    *,
    with_float: bool = False,
    photos: Path | None = None,
) -> list[Figures]:
    """Write the package of a model and give its figures.

    `wasm` and `webgpu` share one file of int8 weights a role; `fp32` is added on request. Where a
    figure breaks its bar, PackageError is raised and no package is left. `photos` is a folder of
    captioned photos for the recall check.
    """
    with (
        PackageWriter(out) as writer,
        tempfile.TemporaryDirectory() as scratch,
        PackageWriter(Path(scratch) / "fp32") as exact,
    ):
        for each in (writer, exact):
            tokenizer.save(str(each.folder / "tokenizer.json"))
        for role, graph in trace_model(model, about).items():
            int8 = writer.weight_files(role, "int8")
            for variant, quantize in VARIANTS.items():
                writer.add_graph(role, (variant,), quantize(graph), int8)
            if with_float:
                writer.add_graph(role, ("fp32",), graph.clone(), writer.weight_files(role, "fp32"))
            exact.add_graph(role, ("fp32",), graph, exact.weight_files(role, "fp32"))
        for each in (writer, exact):
            each.write_manifest(about)
        figures = check_model(
            model,
            Package(exact.folder, "fp32"),
            [Package(writer.folder, variant) for variant in VARIANTS],
            photos,
        )
        broken = list(failures(figures))
        if broken:
            raise PackageError("\n".join([table(figures), *broken]))
        writer.finish()
    return figures
