"""`r2d2 evaluate`: measures a package on captioned photos, or any model on the validation split."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from r2d2.errors import R2D2Error

if TYPE_CHECKING:
    from r2d2.evaluation.encoders import Encoder

PARTS = ("retrieval", "captions", "labels")
"""What can be measured apart from the rest."""

_MODEL = frozenset({"model", "variant"})
_EITHER_MODEL = _MODEL | {"checkpoint", "captioner"}
_FILES = _MODEL | {"photos", "limit", "json_path"}
_READ: Mapping[str, frozenset[str]] = {
    "--photos and --captions": _FILES | {"captions", "candidates"},
    "--photos and --pairs": _FILES | {"pairs"},
    "--data": _EITHER_MODEL
    | {"data", "queries", "parts", "classes_left_out", "json_path", "record"},
    "--data and --caption-weights": _EITHER_MODEL | {"data", "caption_weights"},
}
"""The options that are read, by what is measured. Another one is an error: it would do nothing."""
_ONLY_WITH: Mapping[str, tuple[str, str]] = {
    "captioner": ("checkpoint", "--checkpoint; a package has its own"),
    "variant": ("model", "--model"),
    "record": ("model", "--model, whose manifest they go into"),
}
"""Options that another one has to come with, and how that is said."""
_NOT_RECORDED = frozenset({"variant", "queries"})
"""A manifest's figures are of the graphs for the processor, and of all captions."""
_ONLY_FOR: Mapping[str, str] = {"queries": "retrieval", "classes_left_out": "labels"}
"""Options that only one of `PARTS` reads."""


def _in_a_folder(
    context: click.Context, parameter: click.Parameter, path: Path | None
) -> Path | None:
    if path is not None and not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.parent}", context, parameter)
    return path


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
    type=click.IntRange(0),
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
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    callback=_in_a_folder,
    help="Also write figures.",
)
@click.option(
    "--record",
    is_flag=True,
    help="With the --data of its training: put the figures into the package's manifest, in the "
    "place of older ones.",
)
@click.pass_context
def evaluate(
    context: click.Context,
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
    record: bool,
) -> None:
    """Measure a model: a package on any photos with captions, or on the validation split.

    With --model, --photos and --captions: retrieval both ways, as `npm run evaluate` measures it
    in a browser. With --pairs in the place of --captions: how well matches are told from others.
    With --data, and either --checkpoint or --model: everything that training
    watches, captions with and without re-ranking, labels with and without templates; re-ranking is
    measured over the 32 best candidates there.
    """
    _check_options(context)
    if data is not None:
        encoder = _open(checkpoint, captioner, model, variant)
        if encoder.captions is None and (caption_weights or "captions" in parts):
            raise click.UsageError("there is no captioner: give --captioner, or a package with one")
        if caption_weights:
            _weigh_captions(encoder, data)
            return
        # What stands beside the figures of a training run is over all captions, as those are.
        queries = 0 if record else queries
        figures = _evaluate_validation(encoder, data, queries, parts or PARTS, classes_left_out)
    else:
        assert model is not None
        assert photos is not None
        if pairs is not None:
            figures = _evaluate_pairs(model, variant, photos, pairs, limit)
        else:
            assert captions is not None
            figures = _evaluate_files(model, variant, photos, captions, candidates, limit)
    if json_path is not None:
        text = json.dumps(figures, indent=2, ensure_ascii=False, allow_nan=False)
        json_path.write_text(text + "\n", encoding="utf-8")
    if record:
        from r2d2.export.manifest import record_metrics
        from r2d2.export.trained import measured

        assert model is not None
        record_metrics(model, measured(figures))


def _check_options(context: click.Context) -> None:
    """Raises `click.UsageError` where options do not say what to measure, or one is not read."""
    options = {option.name: option.opts[0] for option in context.command.params if option.name}
    given = {
        name
        for name in options
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    mode = _mode(given)
    for name in sorted(given - _READ[mode]):
        raise click.UsageError(f"{options[name]} is not read with {mode}")
    for name, (other, said) in _ONLY_WITH.items():
        if name in given and other not in given:
            raise click.UsageError(f"{options[name]} goes with {said}")
    for name in sorted(given & _NOT_RECORDED if "record" in given else ()):
        raise click.UsageError(f"{options[name]} does not go with --record")
    parts = context.params["parts"] or PARTS
    for name, part in _ONLY_FOR.items():
        if name in given and part not in parts:
            raise click.UsageError(f"{options[name]} is read for --part {part} alone")


def _mode(given: set[str]) -> str:
    """What the options ask to be measured, a key of `_READ`."""
    if given & {"photos", "captions", "pairs"}:
        files = given & {"captions", "pairs"}
        if not {"photos", "model"} <= given or len(files) != 1:
            raise click.UsageError("--photos goes with --captions or --pairs, and with --model")
        return f"--photos and --{files.pop()}"
    if "data" not in given:
        raise click.UsageError("give --photos with --captions or --pairs, or --data")
    if ("checkpoint" in given) == ("model" in given):
        raise click.UsageError("give either --checkpoint or --model")
    return "--data and --caption-weights" if "caption_weights" in given else "--data"


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
    note("reading captions and labels")
    validation = read_validation(data, parts)
    teacher = None
    if validation.labelled is not None:
        note("labelled photos, by the classifier")
        teacher = classifier_probabilities(validation.labelled_photos)
    figures = evaluate_model(encoder, validation, queries, teacher, classes_left_out, parts, note)
    if not any(figures.values()):
        raise R2D2Error(
            f"{data} has nothing to measure {' and '.join(parts)} on: captions are held against "
            "sentences that people wrote, labels need five photos of a class"
        )
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

    note = _progress()
    note("photos")
    validation = read_validation(data, ("captions",))
    photos = EncodedPhotos(*encoder.photos(validation.photos))
    weighed = {}
    for language, judge, candidates in judged_captions(encoder, photos, validation, note):
        note("weights")
        weighed[language] = weigh(candidates, judge)
    if not weighed:
        raise R2D2Error(f"{data} has no sentences that people wrote to hold captions against")
    click.echo(weights_table(weighed))
