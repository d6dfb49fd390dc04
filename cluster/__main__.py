"""Command line of the platform: ``up|down|status``, ``nodes``, ``keys``, the models' commands."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cluster import bring_up, key_commands, model_commands
from cluster.errors import ClusterError
from cluster.local_nodes import commands as nodes_commands
from cluster.manifests import GENERATED_DIR, write_files
from cluster.serve_config import Candidate
from cluster.settings import load_settings
from cluster.status import get_status

app = typer.Typer(
    help="Start, look at and stop the local Ray cluster, the service and the MLflow UI.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(key_commands.app, name="keys")
app.add_typer(model_commands.app)
app.add_typer(nodes_commands.app, name="nodes")


@app.command()
def up(
    artifact: Annotated[
        Path | None,
        typer.Option(help="Serve this artifact folder instead of the registry's champion."),
    ] = None,
    candidate: Annotated[
        Path | None,
        typer.Option(help="Try this artifact folder beside it, until the next `up` without."),
    ] = None,
    canary_percent: Annotated[
        float, typer.Option(min=0, max=100, help="Share of the answers that the candidate gives.")
    ] = 0.0,
    shadow_percent: Annotated[
        float,
        typer.Option(
            min=0, max=100, help="Share that the candidate computes too, and nobody sees."
        ),
    ] = 0.0,
) -> None:
    """Start everything that does not run yet; return when a prediction can be asked for.

    On a running service it changes the model: no replica is replaced and no request is lost.
    """
    trial = None
    if candidate is not None:
        trial = Candidate(
            artifact_dir=candidate.resolve(),
            canary_percent=canary_percent,
            shadow_percent=shadow_percent,
        )
    elif canary_percent or shadow_percent:
        raise typer.BadParameter("shares of which model? Name it with --candidate")
    bring_up.up(load_settings(), artifact_dir=artifact, candidate=trial, report=_report)


@app.command()
def down() -> None:
    """Stop everything that ``up`` or ``nodes up`` started, and nothing else."""
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


@app.command()
def manifests(
    to: Annotated[Path, typer.Option(file_okay=False, exists=True)] = GENERATED_DIR,
) -> None:
    """Write anew what deployments elsewhere take from here: Serve configuration, Ray's flags."""
    write_files(to)
    _report(f"Wrote {to}")


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
