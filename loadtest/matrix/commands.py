"""``python -m loadtest matrix``: which set-up of the service answers most, and soonest."""

from typing import Annotated

import typer

from cluster.settings import load_settings
from cluster.storage import PROJECT_DIR
from loadtest.load.commands import Output, Photos, name_output_dir, report_line
from loadtest.matrix.report import save_matrix, to_markdown
from loadtest.matrix.run import run_matrix
from loadtest.photos import find_data_paths


def matrix(
    quick: Annotated[
        bool, typer.Option(help="Two set-ups, seconds each: shows that it works, proves nothing.")
    ] = False,
    photos: Photos = None,
    output: Output = None,
) -> None:
    """Compare replicas, threads a replica, batches and models under the same load.

    A cluster that is up is used, and gets its own configuration back; otherwise one is started
    and stopped. Exit status 1 if an answer was wrong or missing.
    """
    settings = load_settings()
    output_dir = output or name_output_dir(settings, "matrix")
    run = run_matrix(
        settings=settings,
        photo_paths=find_data_paths(PROJECT_DIR) if photos is None else photos,
        output_dir=output_dir.resolve(),
        is_quick=quick,
        report=report_line,
    )
    save_matrix(run, output_dir)
    typer.echo(to_markdown(run))
    typer.echo(f"written to {output_dir}")
    raise typer.Exit(1 if any(result.num_failed for result in run.results) else 0)
