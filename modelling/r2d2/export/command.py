"""`r2d2 export`."""

from pathlib import Path

import click

from r2d2.architecture.captioner import load_captioner
from r2d2.architecture.model import load_checkpoint
from r2d2.evaluation.reranking import CANDIDATES
from r2d2.export.check import table
from r2d2.export.model import PRECISIONS, export_model
from r2d2.export.trained import describe, measured
from r2d2.tokenizer import read_tokenizer

LICENSE = "Apache-2.0 AND MIT"


@click.command()
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of a training run, with checkpoint.pt and tokenizer.json.",
)
@click.option(
    "--captioner",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the captioner's training run, with captioner.pt and caption-tokenizer.json; "
    "without it the package writes no captions.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the package; an older package there is replaced.",
)
@click.option("--id", "model_id", default="r2d2-mini", show_default=True, help="Id of the model.")
@click.option(
    "--version",
    help="Version; unless given, it is made of the package's content, so that other weights have "
    "another.",
)
@click.option("--name", default="R2D2 mini", show_default=True, help="Name that people see.")
@click.option(
    "--candidates",
    type=click.IntRange(0),
    default=CANDIDATES,
    show_default=True,
    help="How many of the best photos to re-rank.",
)
@click.option(
    "--precision",
    type=click.Choice(list(PRECISIONS)),
    default="int8",
    show_default=True,
    help="How the weights are stored.",
)
@click.option(
    "--photos",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of captioned photos (val-*.tar or val/, captions.*.tsv): checks that no variant "
    "loses more than a point of R@10.",
)
def export(
    checkpoint: Path,
    captioner: Path | None,
    out: Path,
    model_id: str,
    version: str | None,
    name: str,
    candidates: int,
    precision: str,
    photos: Path | None,
) -> None:
    """Turn a trained checkpoint into a model package.

    The package holds the variants wasm and webgpu. They and a float32 graph are checked against
    the checkpoint in PyTorch; where a check fails, nothing is written.
    """
    model, about_checkpoint = load_checkpoint(checkpoint / "checkpoint.pt")
    tokenizer = read_tokenizer(checkpoint / "tokenizer.json")
    if tokenizer.get_vocab_size() > model.config.text.vocabulary:
        raise click.ClickException("tokenizer.json has more pieces than the model has embeddings")
    written = None
    if captioner is not None:
        written = load_captioner(captioner / "captioner.pt", checkpoint / "checkpoint.pt")
    about = describe(
        model,
        id=model_id,
        version=version,
        name=name,
        description="A small R2D2 for photo search in Chinese and English.",
        license=LICENSE,
        source="EfficientNet-lite2 (Apache-2.0) and multilingual E5 small (MIT), trained further "
        "on captioned photos",
        candidates=candidates,
        metrics=measured(about_checkpoint.get("metrics", {})),
    )
    figures = export_model(
        model,
        tokenizer,
        about,
        out,
        captioner=written,
        precisions=(precision,),
        photos=photos,
    )
    click.echo(table(figures))
    size = sum(path.stat().st_size for path in out.iterdir())
    click.echo(f"{out}: {size / 1e6:.1f} MB")
