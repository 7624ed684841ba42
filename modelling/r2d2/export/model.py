"""PyTorch modules → a checked model package, at a chosen precision."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

import onnx_ir as ir
import torch
from tokenizers import Tokenizer
from torch import nn

from r2d2.architecture.captioner import TOKENIZER_FILE, TrainedCaptioner
from r2d2.export.check import Figures, check_packages, failures, table
from r2d2.export.manifest import Description
from r2d2.export.package import Package
from r2d2.export.placement import processor_nodes
from r2d2.export.quantize import float16, int4, wasm_int8, webgpu_int8
from r2d2.export.roles import (
    trace_captioner,
    trace_image_encoder,
    trace_ranker,
    trace_text_encoder,
)
from r2d2.export.trained import describe_captioner
from r2d2.export.writer import PackageError, PackageWriter


class Exportable(Protocol):
    """What the export needs of a model; see roles.py for inputs and outputs."""

    @property
    def image_encoder(self) -> nn.Module:
        """`pixel_values` → embeddings, tokens."""

    @property
    def text_encoder(self) -> nn.Module:
        """`input_ids`, `attention_mask` → embeddings, tokens."""

    @property
    def ranker(self) -> nn.Module | None:
        """Tokens of both sides → match probability, attention, head probabilities."""


class Rewrite(NamedTuple):
    """A graph of a role: which variants it serves, and how it comes from the float32 graph."""

    variants: Sequence[str]
    apply: Callable[[ir.Model], ir.Model]


PRECISIONS: dict[str, Sequence[Rewrite]] = {
    "fp32": (Rewrite(("fp32",), ir.Model.clone),),
    "fp16": (Rewrite(("wasm", "webgpu"), float16),),
    "int8": (Rewrite(("wasm",), wasm_int8), Rewrite(("webgpu",), webgpu_int8)),
    "int4": (Rewrite(("wasm", "webgpu"), int4),),
}
"""What a package of each precision holds; the graphs of a role share their weights."""


def trace_role(
    model: Exportable, role: str, about: Description, captioner: TrainedCaptioner | None = None
) -> ir.Model | None:
    """The float32 graph of a role, or None where the model has no such role."""
    with torch.no_grad():
        match role:
            case "imageEncoder":
                return trace_image_encoder(model.image_encoder, about.image)
            case "textEncoder":
                return trace_text_encoder(model.text_encoder)
            case "ranker" if model.ranker is not None:
                return trace_ranker(model.ranker, about.tokens)
            case "captioner" if captioner is not None:
                return trace_captioner(captioner.model)
    return None


def export_model(
    model: Exportable,
    tokenizer: Tokenizer,
    about: Description,
    out: Path,
    *,
    captioner: TrainedCaptioner | None = None,
    precisions: Sequence[str] = ("int8",),
    strict: bool = True,
    photos: Path | None = None,
) -> list[Figures]:
    """Write the package of a model and give the figures of each of its graphs.

    Float32 is always checked against PyTorch; `strict` holds the quantized variants to their bars
    too. Where a bar is broken, PackageError is raised and nothing is left. `captioner` reads the
    image tokens of this very model. `photos` is a folder of captioned photos for the recall check.
    """
    if captioner is not None:
        about = replace(about, caption=describe_captioner(captioner.model.config))
    with (
        PackageWriter(out) as writer,
        tempfile.TemporaryDirectory() as scratch,
        PackageWriter(Path(scratch) / "fp32") as exact,
    ):
        for role in ("imageEncoder", "textEncoder", "ranker", "captioner"):
            graph = trace_role(model, role, about, captioner)
            if graph is None:
                continue
            for precision in precisions:
                weights = writer.weight_files(role, precision)
                for rewrite in PRECISIONS[precision]:
                    variant = rewrite.apply(graph)
                    if "webgpu" in rewrite.variants and (nodes := processor_nodes(variant)):
                        raise PackageError(f"{role} would leave the GPU for {', '.join(nodes)}")
                    writer.add_graph(role, rewrite.variants, variant, weights)
            if "fp32" not in precisions:
                exact.add_graph(role, ("fp32",), graph, exact.weight_files(role, "fp32"))
        packages = []
        for each in (writer, exact):
            tokenizer.save(str(each.folder / "tokenizer.json"), pretty=False)
            if captioner is not None:
                captioner.tokenizer.save(str(each.folder / TOKENIZER_FILE), pretty=False)
            each.write_manifest(about)
            # Variants that name the same graphs have the same figures.
            names = {str(each.files(variant)): variant for variant in each.variants()}
            packages += [Package(each.folder, variant) for variant in names.values()]
        packages.sort(key=lambda package: package.variant != "fp32")
        figures = check_packages(model, packages, photos, captioner and captioner.model)
        broken = list(failures(figures if strict else figures[:1]))
        if broken:
            raise PackageError("\n".join([table(figures), *broken]))
        writer.finish()
    return figures
