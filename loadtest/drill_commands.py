"""``python -m loadtest step|roll|kill|soak``: what happens to callers while the service changes."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cluster.settings import load_settings
from loadtest import drills
from loadtest.drill_report import print_drill, save_drill
from loadtest.drill_run import run_drill

RESULTS_DIR = Path(__file__).parent / "results"
_LOG_COLUMNS = 130

_Photos = Annotated[
    list[Path] | None,
    typer.Option(help="Photographs or folders to send instead of drawn leaves."),
]
_Results = Annotated[
    Path, typer.Option(help="Folder of the JSON file and the plot.", show_default=False)
]


def add_commands(app: typer.Typer) -> None:
    """Add the drills to the command line."""
    for command in (step, roll, kill, soak):
        app.command()(command)


def step(photos: _Photos = None, results: _Results = RESULTS_DIR) -> None:
    """Load an idle service with 16 connections, and see it grow and shrink without a failure."""
    _run("step", drills.step, photos, results)


def roll(photos: _Photos = None, results: _Results = RESULTS_DIR) -> None:
    """Change the model under load, and order a broken one, without a failure."""
    _run("roll", drills.roll, photos, results)


def kill(photos: _Photos = None, results: _Results = RESULTS_DIR) -> None:
    """Kill replicas under load without a failure."""
    _run("kill", drills.kill, photos, results)


def soak(
    minutes: Annotated[float, typer.Option(min=0.1, max=24 * 60, help="How long.")] = 20.0,
    photos: _Photos = None,
    results: _Results = RESULTS_DIR,
) -> None:
    """Load the service at 80 % of its capacity, and see its memory stay as it is."""
    _run("soak", drills.create_soak(minutes), photos, results)


def _run(name: str, drill: drills.Drill, photos: list[Path] | None, results_dir: Path) -> None:
    run = run_drill(
        name,
        drill,
        settings=load_settings(),
        photo_paths=photos or [],
        report=_report,
    )
    print_drill(run, Console(width=None if sys.stdout.isatty() else _LOG_COLUMNS))
    save_drill(run, results_dir)
    typer.echo(f"written to {results_dir}")
    raise typer.Exit(0 if all(figure.is_met for figure in run.story.figures) else 1)


def _report(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
