"""`r2d2 train-captioner`: the captioner of a trained model."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("configs/r2d2-mini.toml"),
    show_default=True,
    help="What to train, as TOML; its table [caption] counts here.",
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="checkpoint.pt of the model whose image tokens the captioner reads.",
)
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Another captioner to go on from, as after a change of the model: a run or a package.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with captioned photos.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/captioner"),
    show_default=True,
    help="The run's folder; a run that was stopped there goes on.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("runs/cache"),
    show_default=True,
    help="The caches that `r2d2 train` filled.",
)
def train_captioner(
    config: Path, checkpoint: Path, start: Path | None, data: Path, out: Path, cache: Path
) -> None:
    """Train the captioner of a model on captioned photos."""
    from r2d2.training.caption_run import run_caption_training
    from r2d2.training.config_file import load_config

    click.echo(run_caption_training(load_config(config), checkpoint, start, data, cache, out))
