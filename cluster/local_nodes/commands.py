"""``python -m cluster nodes up|kill``: several Ray nodes on this machine."""

import sys
from typing import Annotated

import typer

from cluster.local_nodes import life
from cluster.settings import load_settings

app = typer.Typer(
    help="A cluster of a head and two workers on this machine; `cluster down` ends it.",
    no_args_is_help=True,
)


@app.command()
def up() -> None:
    """Start what does not run of it; return when a prediction can be asked for."""
    life.up(load_settings(), report=_report)


@app.command()
def kill(
    name: Annotated[str, typer.Argument(help="head, worker-1 or worker-2.")],
) -> None:
    """End a node as a power cut does; ``up`` brings it back."""
    life.kill(load_settings(), name, report=_report)


def _report(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
