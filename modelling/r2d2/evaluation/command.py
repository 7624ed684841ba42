"""`r2d2 evaluate`: measures a package on captioned photos, or any model on the validation split."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from r2d2.evaluation.encoders import Encoder

PARTS = ("retrieval", "captions", "labels")
"""What can be measured apart from the rest."""


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
    help="Folder of photos for --captions or --pairs.",
)
@click.option(
    "--captions",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Lines of: file, tab, sentence.",
)
@click.option(
    "--pairs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Lines of: file, tab, sentence, tab, 1 where they match and 0 where they do not.",
)
@click.option(
    "--candidates", type=click.IntRange(1), help="How many are re-ranked, with --captions."
)
@click.option(
    "--limit", type=click.IntRange(1), help="The first photos of --captions or --pairs only."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with captioned photos, labelled/ and names/.",
)
@click.option(
    "--queries",
    default=1000,
    show_default=True,
    help="Captions of each source that go through the ranker; 0 takes all.",
)
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="Measure only this with --data; may be repeated. Default: all.",
)
@click.option(
    "--caption-weights",
    is_flag=True,
    help="With --data: measure captions with many weights of match and cosine, on both halves of "
    "the photos, to choose those that the app takes.",
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
    pairs: Path | None,
    candidates: int | None,
    limit: int | None,
    data: Path | None,
    queries: int,
    parts: tuple[str, ...],
    caption_weights: bool,
    classes_left_out: bool,
    json_path: Path | None,
) -> None:
    """Measure a model: a package on any photos with captions, or on the validation split.

    With --model, --photos and --captions: retrieval both ways, as `npm run evaluate` measures it
    in a browser. With --pairs in the place of --captions: how well matches are told from others.
    With --data, and either --checkpoint or --model: everything that training
    watches, captions with and without re-ranking, labels with and without templates; re-ranking is
    measured over the 32 best candidates there.
    """
    if captions is not None or pairs is not None or photos is not None:
        if (
            model is None
            or photos is None
            or checkpoint
            or data
            or (captions is None) == (pairs is None)
        ):
            raise click.UsageError("--photos goes with --captions or --pairs, and with --model")
        if pairs is not None:
            figures = _evaluate_pairs(model, variant, photos, pairs, limit)
        else:
            assert captions is not None
            figures = _evaluate_files(model, variant, photos, captions, candidates, limit)
    elif data is not None:
        encoder = _open(checkpoint, captioner, model, variant)
        if caption_weights:
            _weigh_captions(encoder, data)
            return
        figures = _evaluate_validation(encoder, data, queries, parts or PARTS, classes_left_out)
    else:
        raise click.UsageError("give --photos with --captions or --pairs, or --data")
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


def _evaluate_pairs(
    model: Path, variant: str, photos: Path, pairs: Path, limit: int | None
) -> dict[str, Any]:
    from r2d2.evaluation.judged_pairs import evaluate_pairs, pairs_table, read_judged_pairs
    from r2d2.export.package import Package

    judged = read_judged_pairs(pairs, limit)
    figures = evaluate_pairs(Package(model, variant), photos, judged)
    click.echo(pairs_table(figures))
    return figures


def _open(
    checkpoint: Path | None, captioner: Path | None, model: Path | None, variant: str
) -> Encoder:
    from r2d2.evaluation.encoders import CheckpointEncoder, PackageEncoder

    if (checkpoint is None) == (model is None):
        raise click.UsageError("give either --checkpoint or --model")
    if checkpoint is not None:
        return CheckpointEncoder.load(checkpoint, captioner)
    assert model is not None
    return PackageEncoder(model, variant)


def _evaluate_validation(
    encoder: Encoder, data: Path, queries: int, parts: Sequence[str], classes_left_out: bool
) -> dict[str, Any]:
    from r2d2.evaluation.report import evaluate_model, read_validation, table
    from r2d2.evaluation.teacher import classifier_probabilities

    note = _progress()
    note("reading photos")
    validation = read_validation(data)
    teacher = None
    if "labels" in parts:
        note("labelled photos, by the classifier")
        teacher = classifier_probabilities(validation.labelled_photos)
    figures = evaluate_model(encoder, validation, queries, teacher, classes_left_out, parts, note)
    note("done")
    click.echo(table(figures))
    return figures


def _progress() -> Callable[[str], None]:
    """Says on standard error what is being done, and since when."""
    start = time.monotonic()
    return lambda what: click.echo(f"{time.monotonic() - start:6.0f} s  {what}", err=True)


def _weigh_captions(encoder: Encoder, data: Path) -> None:
    from r2d2.evaluation.caption_weights import weigh, weights_table
    from r2d2.evaluation.captions import EncodedPhotos
    from r2d2.evaluation.report import judged_captions, read_validation

    if encoder.captions is None:
        raise click.UsageError("there is no captioner")
    note = _progress()
    note("photos")
    validation = read_validation(data)
    photos = EncodedPhotos(*encoder.photos(validation.photos))
    weighed = {}
    for language in encoder.captions.start_tokens:
        note(f"captions of the model, {language}")
        judge, candidates = judged_captions(encoder, photos, validation, language)
        note("weights")
        weighed[language] = weigh(candidates, judge)
    click.echo(weights_table(weighed))
