"""Command line of the platform: ``python -m cluster up|down|status|keys``."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cluster import bring_up, key_commands
from cluster.errors import ClusterError
from cluster.settings import load_settings
from cluster.status import get_status

app = typer.Typer(
    help="Start, look at and stop the local Ray cluster, the service and the MLflow UI.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(key_commands.app, name="keys")


@app.command()
def up(
    artifact: Annotated[
        Path | None,
        typer.Option(help="Serve this artifact folder instead of the registry's champion."),
    ] = None,
) -> None:
    """Start everything that does not run yet; return when a prediction can be asked for."""
    bring_up.up(load_settings(), artifact_dir=artifact, report=_report)


@app.command()
def down() -> None:
    """Stop everything that ``up`` started, and nothing else."""
    bring_up.down(load_settings(), report=_report)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what runs; exit status 0 if everything answers, 3 if not."""
    found = get_status(load_settings())
    if as_json:
        typer.echo(json.dumps({"is_ready": found.is_ready, **dataclasses.asdict(found)}))
    else:
        for service in found.services:
            state = "ready" if service.is_ready else "starting" if service.is_running else "stopped"
            typer.echo(f"{service.name:<8} {state:<9} {service.url}")
        typer.echo(f"model    {found.artifact_dir or '-'}")
        typer.echo(f"home     {found.home}")
    raise typer.Exit(0 if found.is_ready else 3)


def _report(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def main() -> None:
    """Run the command; an expected error is one message on stderr and exit status 1."""
    try:
        app()
    except ClusterError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
