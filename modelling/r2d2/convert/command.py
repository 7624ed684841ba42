"""`r2d2 convert`."""

import resource
from pathlib import Path

import click

from r2d2.convert.clip import read_chinese_clip, read_clip
from r2d2.convert.converted import Converted
from r2d2.convert.r2d2 import read_r2d2
from r2d2.export.check import table
from r2d2.export.model import PRECISIONS, export_model

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the package; an older package there is replaced.",
)
precision_option = click.option(
    "--precision",
    type=click.Choice(list(PRECISIONS)),
    default="int8",
    show_default=True,
    help="How the weights are stored.",
)


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
@out_option
@precision_option
def convert_r2d2(checkpoint: Path, config: Path, out: Path, precision: str) -> None:
    """Convert a released R2D2 or PRD2 CHECKPOINT (.pth)."""
    _write(read_r2d2(checkpoint, config), out, precision)


@convert.command("chinese-clip")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@out_option
@precision_option
def convert_chinese_clip(folder: Path, out: Path, precision: str) -> None:
    """Convert a Hugging Face Chinese-CLIP checkpoint FOLDER."""
    _write(read_chinese_clip(folder), out, precision)


@convert.command("clip")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@out_option
@precision_option
def convert_clip(folder: Path, out: Path, precision: str) -> None:
    """Convert a Hugging Face CLIP checkpoint FOLDER."""
    _write(read_clip(folder), out, precision)


def _write(model: Converted, out: Path, precision: str) -> None:
    if model.ignored:
        click.echo(f"{len(model.ignored)} entries of the file are not used:")
        for name in model.ignored:
            click.echo(f"  {name}")
    # Quantized variants are reported, not judged: what they cost depends on the checkpoint.
    figures = export_model(
        model, model.tokenizer, model.about, out, precisions=(precision,), strict=False
    )
    click.echo(table(figures))
    files = [path.stat().st_size for path in out.iterdir()]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    click.echo(f"{out}: {sum(files) / 1e6:.1f} MB in {len(files)} files, {peak:.1f} GB of memory")
