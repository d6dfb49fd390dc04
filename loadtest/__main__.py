"""Command line of the load test: ``python -m loadtest bench|load|matrix|step|roll|kill|soak``."""

import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from cluster.errors import ClusterError
from cluster.settings import load_settings
from loadtest import drill_commands
from loadtest.bench import FULL, QUICK, run_bench
from loadtest.bench_report import print_report, save_report
from loadtest.load.commands import load
from loadtest.matrix.commands import matrix
from loadtest.servers import ServerError
from models.artifact import ArtifactError
from models.images import ImageError

RESULTS_DIR = Path(__file__).parent / "results"
_LOG_COLUMNS = 130

app = typer.Typer(
    help="Measure the service against its peers, and what callers notice of its changes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def bench(
    quick: Annotated[
        bool, typer.Option(help="Seconds instead of minutes: shows that it works, proves nothing.")
    ] = False,
    photos: Annotated[
        list[Path] | None,
        typer.Option(help="Photographs or folders to send instead of drawn leaves."),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(help="Folder of bench.json and bench.png [default: loadtest/results]."),
    ] = None,
) -> None:
    """Compare Ray Serve with bare FastAPI and with the model alone, on the same cores.

    A cluster that is up is used and left up; otherwise one is started and stopped.
    """
    # In a log rich would take 80 columns and break the figures' names.
    console = Console(width=None if sys.stdout.isatty() else _LOG_COLUMNS)
    measurement = run_bench(
        QUICK if quick else FULL,
        settings=load_settings(),
        photo_paths=photos or [],
        report=_report,
    )
    print_report(measurement, console)
    # A quick run is no measurement to keep, unless a place is named for it.
    results_dir = results or (None if quick else RESULTS_DIR)
    if results_dir is not None:
        save_report(measurement, results_dir)
        typer.echo(f"written to {results_dir}")


app.command()(load)
app.command()(matrix)
drill_commands.add_commands(app)


def _report(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def end_in_good_order() -> None:
    """Let a request to end (SIGTERM) stop the servers under test: they outlive this process."""
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, frame: object) -> NoReturn:  # noqa: ARG001
    sys.exit(128 + number)


def main() -> None:
    """Run the command; an expected error is one message on stderr and exit status 1."""
    end_in_good_order()
    try:
        app()
    except (ArtifactError, ClusterError, ImageError, OSError, ServerError) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
