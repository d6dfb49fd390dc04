"""``python -m serve_app retrain|runs|models|promote|rollback|history``: the loop by command."""

import sys
from typing import Annotated

import typer

from serve_app.commands.connection import KeyFileOption, ServerOption, connect
from serve_app.loop_schemas import RunResponse

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_WELL_ENDED = frozenset({"queued", "running", "succeeded", "awaiting_approval"})
_EXIT_NOT_PROMOTED = 1

runs_app = typer.Typer(help="Retraining runs: list (by itself), show, logs, cancel.")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of the loop to the command line."""
    app.command()(retrain)
    app.add_typer(runs_app, name="runs")
    for command in (models, promote, rollback, history):
        app.command()(command)


def retrain(
    upload: Annotated[
        list[str] | None,
        typer.Option(help="An accepted upload; default: all that no model has learnt from."),
    ] = None,
    *,
    config: Annotated[
        str | None,
        typer.Option(help="head, finetune or smoke; default: what the server has data for."),
    ] = None,
    require_approval: Annotated[
        bool, typer.Option(help="Let a person promote what passes the gate.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Follow it to its end.")] = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Start a retraining run; with --wait, exit status 1 if its model is not promoted."""
    with connect(server, key_file) as client:
        run = client.loop.start_run(
            config=config, upload_ids=upload or (), require_approval=require_approval
        )
        if wait:
            run = client.loop.wait_for_run(run.run_id, on_progress=_Follower())
    _print_run(run, as_json=as_json)
    raise typer.Exit(0 if run.status in _WELL_ENDED else _EXIT_NOT_PROMOTED)


@runs_app.callback(invoke_without_command=True)
def list_runs(
    context: typer.Context,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List runs, the newest first."""
    if context.invoked_subcommand is not None:
        return
    with connect(server, key_file) as client:
        for run in client.loop.list_runs():
            typer.echo(f"{run.run_id}  {run.status:<17}  {run.config:<8}  {run.reason}")


@runs_app.command()
def show(
    run_id: str,
    as_json: JsonOption = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Show where a run stands and what its gate found."""
    with connect(server, key_file) as client:
        _print_run(client.loop.get_run(run_id), as_json=as_json)


@runs_app.command()
def logs(run_id: str, server: ServerOption = None, key_file: KeyFileOption = None) -> None:
    """Print the end of what a run has printed."""
    with connect(server, key_file) as client:
        typer.echo(client.loop.read_logs(run_id), nl=False)


@runs_app.command()
def cancel(run_id: str, server: ServerOption = None, key_file: KeyFileOption = None) -> None:
    """Ask a run to end."""
    with connect(server, key_file) as client:
        _print_run(client.loop.cancel_run(run_id), as_json=False)


def models(server: ServerOption = None, key_file: KeyFileOption = None) -> None:
    """List the model versions of the registry, the newest first."""
    with connect(server, key_file) as client:
        for model in client.loop.list_models():
            top1 = model.metrics.get("val/top1_accuracy")
            figure = f"validation top-1 {top1:.1%}" if top1 is not None else ""
            typer.echo(f"{model.model_version:<32}  {', '.join(model.aliases):<20}  {figure}")


def promote(
    model_version: Annotated[str, typer.Argument(metavar="VERSION")],
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Make a version the champion; returns when every replica answers with it."""
    with connect(server, key_file) as client:
        done = client.loop.promote(model_version)
    typer.echo(f"{done.model_version} is the champion; before: {done.previous_version or 'none'}")


def rollback(server: ServerOption = None, key_file: KeyFileOption = None) -> None:
    """Give the champion's place back to the version before it."""
    with connect(server, key_file) as client:
        done = client.loop.roll_back()
    typer.echo(f"{done.model_version} is the champion; taken back: {done.previous_version}")


def history(
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Show who did what to data and models, the oldest first."""
    with connect(server, key_file) as client:
        for entry in client.loop.read_history(limit=limit):
            detail = f": {entry.detail}" if entry.detail else ""
            typer.echo(
                f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.action} {entry.subject}  {entry.outcome}  "
                f"({entry.actor}){detail}"
            )


class _Follower:
    """Prints a line where a run comes to another stage, epoch or wait."""

    def __init__(self) -> None:
        self._told = ""

    def __call__(self, run: RunResponse) -> None:
        """Print what is new."""
        progress = run.progress
        line = f"[{run.stage or run.status}]"
        if progress.epochs:
            line += f" {progress.epoch} of {progress.epochs}"
        if progress.images_per_s is not None:
            line += f", {progress.images_per_s:.0f} images/s"
        if progress.eta_s is not None:
            line += f", {progress.eta_s / 60:.1f} min left"
        if run.reason:
            line += f" {run.reason}"
        if line != self._told:
            typer.echo(line, err=True)
            sys.stderr.flush()
            self._told = line


def _print_run(run: RunResponse, *, as_json: bool) -> None:
    if as_json:
        typer.echo(run.model_dump_json())
        return
    typer.echo(
        f"{run.run_id}: {run.status.replace('_', ' ')}{f' ({run.stage})' if run.stage else ''}"
    )
    if run.reason:
        typer.echo(f"  {run.reason}")
    for reason in (run.verdict or {}).get("reasons", ()):
        typer.echo(f"  - {reason}")
