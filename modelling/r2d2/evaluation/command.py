"""`r2d2 evaluate`: prints the validation table of a checkpoint or of an exported package."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A training run's checkpoint.pt; its tokenizer.json lies beside it.",
)
@click.option(
    "--model",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="An exported package's folder.",
)
@click.option(
    "--variant",
    type=click.Choice(["wasm", "webgpu", "fp32"]),
    default="wasm",
    show_default=True,
    help="Which graphs of the package to measure.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with flickr8k-cn/, labelled/ and names/.",
)
@click.option(
    "--queries",
    default=1000,
    show_default=True,
    help="Captions of each source that go through the ranker; 0 takes all.",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Also write figures.")
def evaluate(
    checkpoint: Path | None,
    model: Path | None,
    variant: str,
    data: Path,
    queries: int,
    json_path: Path | None,
) -> None:
    """Measure a model on the validation split.

    Give either --checkpoint or --model. Re-ranking is measured over the 32 best candidates.
    """
    from r2d2.evaluation.encoders import CheckpointEncoder, Encoder, PackageEncoder
    from r2d2.evaluation.report import evaluate_model, read_validation, table
    from r2d2.evaluation.teacher import classifier_probabilities

    if (checkpoint is None) == (model is None):
        raise click.UsageError("give either --checkpoint or --model")
    encoder: Encoder
    if checkpoint is not None:
        encoder = CheckpointEncoder.load(checkpoint)
    else:
        assert model is not None
        encoder = PackageEncoder(model, variant)
    validation = read_validation(data)
    teacher = classifier_probabilities(validation.labelled_photos)
    figures = evaluate_model(encoder, validation, queries, teacher)
    click.echo(table(figures))
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
