"""`r2d2 convert`."""

import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import click

from r2d2.convert.clip import read_chinese_clip, read_clip
from r2d2.convert.converted import Converted
from r2d2.convert.r2d2 import read_r2d2
from r2d2.export.check import table
from r2d2.export.model import PRECISIONS, export_model


class Options(TypedDict):
    """What every converter is told beside its checkpoint; None is what the checkpoint says."""

    out: Path
    precision: str
    model_id: str | None
    version: str | None
    name: str | None


def package_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of `Options`."""
    options = (
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            required=True,
            help="Folder of the package; an older package there is replaced.",
        ),
        click.option(
            "--precision",
            type=click.Choice(list(PRECISIONS)),
            default="int8",
            show_default=True,
            help="How the weights are stored.",
        ),
        click.option(
            "--id", "model_id", help="Id of the model; unless given, its file's or folder's name."
        ),
        click.option(
            "--version",
            help="Version; unless given, it is made of the package's content, so that other "
            "weights and other precisions have another.",
        ),
        click.option(
            "--name", help="Name that people see; unless given, its file's or folder's name."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def convert() -> None:
    """Turn a released checkpoint into a model package.

    Sizes are read from the tensors and the configuration. A missing, misshapen or NaN tensor, or a
    configuration that disagrees with the weights, is an error, and nothing is written then.
    """


@convert.command("r2d2")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with the release's hfl_roberta/ and r2d2_config/.",
)
@package_options
def convert_r2d2(checkpoint: Path, config: Path, **options: Unpack[Options]) -> None:
    """Convert a released R2D2 or PRD2 CHECKPOINT (.pth)."""
    _write(read_r2d2(checkpoint, config), options)


@convert.command("chinese-clip")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@package_options
def convert_chinese_clip(folder: Path, **options: Unpack[Options]) -> None:
    """Convert a Hugging Face Chinese-CLIP checkpoint FOLDER."""
    _write(read_chinese_clip(folder), options)


@convert.command("clip")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@package_options
def convert_clip(folder: Path, **options: Unpack[Options]) -> None:
    """Convert a Hugging Face CLIP checkpoint FOLDER."""
    _write(read_clip(folder), options)


def _write(model: Converted, options: Options) -> None:
    out, given_id, given_name = options["out"], options["model_id"], options["name"]
    about = replace(
        model.about,
        id=model.about.id if given_id is None else given_id,
        version=options["version"],
        name=model.about.name if given_name is None else given_name,
    )
    if model.ignored:
        click.echo(f"{len(model.ignored)} entries of the file are not used:")
        for name in model.ignored:
            click.echo(f"  {name}")
    # Quantized variants are reported, not judged: what they cost depends on the checkpoint.
    figures = export_model(
        model, model.tokenizer, about, out, precisions=(options["precision"],), strict=False
    )
    click.echo(table(figures))
    files = [path.stat().st_size for path in out.iterdir()]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    click.echo(f"{out}: {sum(files) / 1e6:.1f} MB in {len(files)} files, {peak:.1f} GB of memory")
