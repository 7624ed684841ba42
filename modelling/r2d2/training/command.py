"""`r2d2 train`: makes a checkpoint from a configuration and data."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("configs/r2d2-mini.toml"),
    show_default=True,
    help="What to train, as TOML.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with captioned photos, labelled/ and names/.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/r2d2-mini"),
    show_default=True,
    help="The run's folder; a run that was stopped there goes on.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/cache"),
    show_default=True,
    help="Where the frozen encoders' outputs are kept between runs (about 8 GB).",
)
@click.option(
    "--begin",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of a finished run that is trained further, on other or more data.",
)
def train(config: Path, data: Path, out: Path, cache: Path, begin: Path | None) -> None:
    """Train a model on captioned photos.

    Stages: features of the pretrained encoders, backbone, dual encoder, ranker, hubness,
    calibration, evaluation. Progress goes to the terminal, to train.log and to TensorBoard.

    Several processes train together when started by torchrun:
    torchrun --nproc-per-node=2 --no-python r2d2 train ...
    """
    from r2d2.training.config_file import load_config
    from r2d2.training.pipeline import train_model

    options = load_config(config)
    if options.needs_ranker and begin is None:
        raise click.UsageError("rank_targets are those of a finished run's ranker: give --begin")
    click.echo(train_model(options, data, cache, out, begin))
