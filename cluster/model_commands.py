"""``python -m cluster promote|rollback|history``: the champion, changed by hand."""

import sys
from typing import Annotated

import typer

from cluster import promotion
from cluster.audit import AuditEntry, find_actor, read_entries
from cluster.settings import load_settings
from cluster.storage import create_folders

app = typer.Typer()


@app.command()
def promote(
    model_version: Annotated[str, typer.Argument(help="A version that the registry knows.")],
    reason: Annotated[str, typer.Option(help="Why; stands in the history.")] = "",
) -> None:
    """Make a registered version the champion; a running service changes to it without a break."""
    settings = load_settings()
    create_folders(settings.layout, min_free_bytes=settings.min_free_bytes)
    promotion.promote(settings, model_version, actor=find_actor(), report=_report, reason=reason)


@app.command()
def rollback(
    reason: Annotated[str, typer.Option(help="Why; stands in the history.")] = "",
) -> None:
    """Give the champion's place back to the version before."""
    settings = load_settings()
    create_folders(settings.layout, min_free_bytes=settings.min_free_bytes)
    promotion.roll_back(settings, actor=find_actor(), report=_report, reason=reason)


@app.command()
def history(
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show who did what to data and models, the oldest first."""
    for entry in read_entries(load_settings().layout.audit_path, limit=limit):
        typer.echo(entry.model_dump_json() if as_json else _to_line(entry))


def _to_line(entry: AuditEntry) -> str:
    detail = f": {entry.detail}" if entry.detail else ""
    at = entry.at[:19].replace("T", " ")
    return f"{at}  {entry.action} {entry.subject}  {entry.outcome}  ({entry.actor}){detail}"


def _report(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
