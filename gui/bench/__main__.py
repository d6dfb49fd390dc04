"""``python -m gui.bench``: measures the window; the last part of ``make bench``."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gui.bench.report import print_report, save_report
from gui.bench.run import FULL, QUICK, run_bench
from gui.recording.screen import RecordingError

RESULTS_PATH = Path(__file__).resolve().parents[1] / "results" / "bench.json"
_LOG_COLUMNS = 130

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    output: Annotated[
        Path | None, typer.Option(help="JSON file [default: gui/results/bench.json].")
    ] = None,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="A minute instead of six: shows that it works.")
    ] = False,
) -> None:
    """Measure the window's start, its frames during an upload, and what it costs when left alone.

    On a screen of its own (Xvfb), with a cluster of its own behind it.
    """
    measurement = run_bench(QUICK if quick else FULL, say=_say)
    # In a log rich would take 80 columns and break the figures' names.
    print_report(measurement, Console(width=None if sys.stdout.isatty() else _LOG_COLUMNS))
    # A quick run is no measurement to keep, unless a place is named for it.
    path = output or (None if quick else RESULTS_PATH)
    if path is not None:
        save_report(measurement, path)
        _say(f"written to {path}")


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def run() -> None:
    """Run the command; an expected error is one message on stderr and exit status 1."""
    try:
        app()
    except (RecordingError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    run()
