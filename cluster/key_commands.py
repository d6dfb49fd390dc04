"""Commands for API keys: ``python -m cluster keys add|revoke|list``.

A running service takes a changed list over within seconds; nothing is started again.
"""

import sys
from typing import Annotated

import typer

from cluster.keys import Role, add_key, load_api_keys, revoke_key
from cluster.lock import locked
from cluster.settings import load_settings
from cluster.storage import create_folders

app = typer.Typer(help="Add, revoke and list API keys.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is.")]


@app.command()
def add(
    name: NameArgument,
    role: Annotated[Role, typer.Option(help="What the key may do.")] = Role.PREDICT,
) -> None:
    """Make a key and print its secret, once: only a hash of it is kept."""
    settings = load_settings()
    create_folders(settings.layout, min_free_bytes=settings.min_free_bytes)
    with locked(settings.layout.lock_path, report=_report):
        secret = add_key(settings.layout, name, role)
    typer.echo(secret)


@app.command()
def revoke(name: NameArgument) -> None:
    """Strike a key off the list."""
    settings = load_settings()
    create_folders(settings.layout, min_free_bytes=settings.min_free_bytes)
    with locked(settings.layout.lock_path, report=_report):
        revoke_key(settings.layout, name)
    _report(f"Revoked {name}.")


@app.command("list")
def list_keys() -> None:
    """Show names and roles."""
    for key in load_api_keys(load_settings().layout.api_keys_path).keys:
        typer.echo(f"{key.role:<10} {key.name}")


def _report(line: str) -> None:
    # The output holds the secret alone, so that `... keys add NAME > file` makes a key file.
    typer.echo(line, err=True)
    sys.stderr.flush()
