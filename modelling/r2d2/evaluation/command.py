"""`r2d2 evaluate`: measures a package on captioned photos, or any model on the validation split."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A training run's checkpoint.pt; its tokenizer.json lies beside it.",
)
@click.option(
    "--captioner",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A captioner.pt that reads the tokens of --checkpoint.",
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
    "--photos",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of photos for --captions.",
)
@click.option(
    "--captions",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Lines of: file, tab, sentence.",
)
@click.option(
    "--candidates", type=click.IntRange(1), help="How many are re-ranked, with --captions."
)
@click.option("--limit", type=click.IntRange(1), help="The first photos of --captions only.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with flickr8k-cn/, labelled/ and names/.",
)
@click.option(
    "--queries",
    default=1000,
    show_default=True,
    help="Captions of each source that go through the ranker; 0 takes all.",
)
@click.option(
    "--classes-left-out",
    is_flag=True,
    help="The training left every fifth class of each labelled set out: measure those apart.",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Also write figures.")
def evaluate(
    checkpoint: Path | None,
    captioner: Path | None,
    model: Path | None,
    variant: str,
    photos: Path | None,
    captions: Path | None,
    candidates: int | None,
    limit: int | None,
    data: Path | None,
    queries: int,
    classes_left_out: bool,
    json_path: Path | None,
) -> None:
    """Measure a model: a package on any photos with captions, or on the validation split.

    With --model, --photos and --captions: retrieval both ways, as `npm run evaluate` measures it
    in a browser. With --data, and either --checkpoint or --model: everything that training
    watches; re-ranking is measured over the 32 best candidates there.
    """
    if captions is not None or photos is not None:
        if model is None or captions is None or photos is None or checkpoint or data:
            raise click.UsageError("--photos and --captions go together, and with --model")
        figures = _evaluate_files(model, variant, photos, captions, candidates, limit)
    elif data is not None:
        figures = _evaluate_validation(
            checkpoint, captioner, model, variant, data, queries, classes_left_out
        )
    else:
        raise click.UsageError("give --photos and --captions, or --data")
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


def _evaluate_files(
    model: Path,
    variant: str,
    photos: Path,
    captions: Path,
    candidates: int | None,
    limit: int | None,
) -> dict[str, Any]:
    from r2d2.evaluation.captioned_files import evaluate_files, files_table, read_captioned_files
    from r2d2.export.package import Package

    files = read_captioned_files(captions, limit)
    figures = evaluate_files(Package(model, variant), photos, files, candidates)
    click.echo(files_table(figures))
    return figures


def _evaluate_validation(
    checkpoint: Path | None,
    captioner: Path | None,
    model: Path | None,
    variant: str,
    data: Path,
    queries: int,
    classes_left_out: bool,
) -> dict[str, Any]:
    from r2d2.evaluation.encoders import CheckpointEncoder, Encoder, PackageEncoder
    from r2d2.evaluation.report import evaluate_model, read_validation, table
    from r2d2.evaluation.teacher import classifier_probabilities

    if (checkpoint is None) == (model is None):
        raise click.UsageError("give either --checkpoint or --model")
    encoder: Encoder
    if checkpoint is not None:
        encoder = CheckpointEncoder.load(checkpoint, captioner)
    else:
        assert model is not None
        encoder = PackageEncoder(model, variant)
    validation = read_validation(data)
    teacher = classifier_probabilities(validation.labelled_photos)
    figures = evaluate_model(encoder, validation, queries, teacher, classes_left_out)
    click.echo(table(figures))
    return figures
