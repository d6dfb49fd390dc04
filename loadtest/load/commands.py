"""``python -m loadtest load``: what `make load` runs."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cluster.settings import Settings, load_settings
from cluster.storage import PROJECT_DIR
from loadtest.load.report import judge_run, print_load, save_load
from loadtest.load.run import run_load
from loadtest.load.shapes import SHAPES, STEP
from loadtest.photos import find_data_paths

_LOG_COLUMNS = 130

Photos = Annotated[
    list[Path] | None,
    typer.Option(help="Photographs or folders to send [default: real ones if there, or drawn]."),
]
Output = Annotated[
    Path | None,
    typer.Option(help="Folder of the results [default: a new one in var/loadtest]."),
]


def load(
    shape: Annotated[
        str, typer.Option(help=f"How the load changes: {', '.join(SHAPES)}.")
    ] = STEP.name,
    photos: Photos = None,
    output: Output = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Of the generator.")] = 1,
) -> None:
    """Load the service with Locust's users by a shape, and see whether it keeps its promises.

    A cluster that is up is used and left up; otherwise one is started and stopped. Exit status 1
    if a figure is not met.
    """
    if shape not in SHAPES:
        raise typer.BadParameter(f"no shape {shape!r}; take one of {', '.join(SHAPES)}")
    settings = load_settings()
    output_dir = output or name_output_dir(settings, shape)
    run = run_load(
        SHAPES[shape],
        settings=settings,
        photo_paths=find_data_paths(PROJECT_DIR) if photos is None else photos,
        output_dir=output_dir.resolve(),
        num_processes=processes,
        report=report_line,
    )
    print_load(run, create_console())
    save_load(run, output_dir)
    typer.echo(f"written to {output_dir}")
    raise typer.Exit(0 if all(figure.is_met for figure in judge_run(run)) else 1)


def name_output_dir(settings: Settings, name: str) -> Path:
    """Return a folder for the results of a run that begins now."""
    began = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return settings.layout.home / "loadtest" / f"{began}-{name}"


def create_console() -> Console:
    """Return where tables are printed: in a log rich would take 80 columns and break them."""
    return Console(width=None if sys.stdout.isatty() else _LOG_COLUMNS)


def report_line(line: str) -> None:
    """Print one line of progress."""
    typer.echo(line)
    sys.stdout.flush()
