"""The console script `r2d2`: one sub-command per subject, each defined in that subject's folder."""

import importlib
import signal
from collections.abc import Mapping
from types import FrameType
from typing import Any, NamedTuple

import click

from r2d2.errors import R2D2Error


class LazyCommand(NamedTuple):
    """Where a sub-command lives, and its line in `r2d2 --help`."""

    module: str
    attribute: str
    summary: str


COMMANDS: Mapping[str, LazyCommand] = {
    "train": LazyCommand("r2d2.training.command", "train", "Train a model on captioned photos."),
    "train-captioner": LazyCommand(
        "r2d2.training.caption_command", "train_captioner", "Train the captioner of a model."
    ),
    "evaluate": LazyCommand(
        "r2d2.evaluation.command", "evaluate", "Measure retrieval quality of a model package."
    ),
    "export": LazyCommand(
        "r2d2.export.command", "export", "Turn a trained checkpoint into a model package."
    ),
    "embed": LazyCommand(
        "r2d2.export.embed_command", "embed", "Embed photo files and sentences with a package."
    ),
    "tiny": LazyCommand(
        "r2d2.export.tiny", "tiny", "Write the package of a tiny random model, for tests."
    ),
    "convert": LazyCommand(
        "r2d2.convert.command", "convert", "Turn a released checkpoint into a model package."
    ),
}


class LazyGroup(click.Group):
    """A group that imports a sub-command only when it runs, so that `--help` needs no PyTorch."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the sub-command, or give None where there is none of that name."""
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        command: click.Command = getattr(importlib.import_module(lazy.module), lazy.attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the sub-command; a failure that a person can act on ends in one line."""
        try:
            return super().invoke(ctx)
        except R2D2Error as error:
            raise click.ClickException(str(error)) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the sub-commands from COMMANDS alone, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in COMMANDS.items()])


def _end_in_order(signal_number: int, _frame: FrameType | None) -> None:
    """Unwind on SIGTERM as on Ctrl+C, so that half-written folders are removed."""
    raise SystemExit(128 + signal_number)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="r2d2-modelling", prog_name="r2d2")
def main() -> None:
    """Make, measure and convert the model packages that r2d2-web runs.

    A package is a folder with a manifest.json, ONNX graphs and a tokenizer. Each command explains
    itself with --help.
    """
    signal.signal(signal.SIGTERM, _end_in_order)
