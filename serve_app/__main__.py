"""Command line of the service's client: ``python -m serve_app predict|upload|retrain|...``."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cluster.errors import SettingsError
from models.images import split_paths
from models.leaf_drawing import draw_leaf, encode_jpeg
from models.prediction_rows import Row, format_row
from serve_app.client import ClientError, LeafrayClient
from serve_app.commands.connection import KeyFileOption, ServerOption, connect
from serve_app.commands.diagnoses import diagnose_all, diagnose_bytes, list_photos
from serve_app.commands.loop_commands import add_commands
from serve_app.commands.upload_commands import uploads_app
from serve_app.key_file import KeyFileUnusableError
from serve_app.schemas import MAX_TOP_K
from serve_app.upload_session import SourceError, print_upload, upload_path

_DRAWING_SEED = 7
_DRAWING_NAME = f"drawing (seed {_DRAWING_SEED})"

_EXIT_BAD_PHOTO = 1
_EXIT_NO_SERVICE = 3

app = typer.Typer(
    help="Ask the running service.", no_args_is_help=True, pretty_exceptions_enable=False
)

app.add_typer(uploads_app, name="uploads")
add_commands(app)


@app.command()
def predict(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH...", help="Photos, or folders of them.")
    ] = None,
    from_env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Take further paths from this environment variable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a photo.")] = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    top_k: Annotated[int, typer.Option(min=1, max=MAX_TOP_K, help="Classes a photo.")] = 5,
    self_check: Annotated[
        bool, typer.Option("--self-check", help="Diagnose a drawn leaf (expected: unknown).")
    ] = False,
) -> None:
    """Diagnose photos; exit status 1 if a photo was refused, 3 if the service was."""
    paths = [*(paths or []), *split_paths(os.environ.get(from_env, "") if from_env else "")]
    if not paths and not self_check:
        raise typer.BadParameter("name a photo or a folder, or use --self-check", param_hint="PATH")
    num_bad = 0
    with connect(server, key_file) as client:
        if self_check:
            num_bad += _print_self_check(client, as_json=as_json)
        for row in diagnose_all(client, list_photos(paths), top_k=top_k):
            num_bad += row["error"] is not None
            _print_row(row, as_json=as_json)
    raise typer.Exit(_EXIT_BAD_PHOTO if num_bad else 0)


@app.command()
def upload(
    path: Annotated[
        Path, typer.Argument(metavar="DIR|ZIP", help="A folder with one folder a class, or a zip.")
    ],
    labels: Annotated[
        Path | None, typer.Option(help="CSV with the columns path and label.", dir_okay=False)
    ] = None,
    accept: Annotated[bool, typer.Option(help="Accept it when it is checked.")] = False,
    resume: Annotated[
        str | None,
        typer.Option(metavar="UPLOAD_ID", help="Send what an upload of this folder still lacks."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the upload as JSON.")] = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Send photographs to learn from; exit status 1 if some were rejected, 3 if none was sent."""
    with connect(server, key_file) as client:
        answer = upload_path(client, path, labels=labels, resume=resume, accept=accept)
        print_upload(client, answer, as_json=as_json)
    is_whole = answer.status in {"checked", "accepted"} and not answer.rejected
    raise typer.Exit(0 if is_whole else _EXIT_BAD_PHOTO)


@app.command()
def status(server: ServerOption = None, key_file: KeyFileOption = None) -> None:
    """Show whether the service can predict, and with which model."""
    with connect(server, key_file) as client:
        client.get_readiness()
        model = client.get_model()
    typer.echo(f"ready, model {model.model_version}, since {model.since:%Y-%m-%d %H:%M:%S} UTC")


def _print_self_check(client: LeafrayClient, *, as_json: bool) -> bool:
    """Diagnose the drawing; return whether that failed."""
    image_bytes = encode_jpeg(draw_leaf(seed=_DRAWING_SEED))
    row = diagnose_bytes(client, _DRAWING_NAME, image_bytes, top_k=5)
    if not as_json:
        typer.echo("Self-check with a drawn leaf, no photograph; expected: unknown.")
    _print_row(row, as_json=as_json)
    return row["error"] is not None


def _print_row(row: Row, *, as_json: bool) -> None:
    typer.echo(json.dumps(row, ensure_ascii=False) if as_json else format_row(row))
    # A pipe must see each line at once, and keep what was done when the service goes away.
    sys.stdout.flush()


def main() -> None:
    """Run the command; an expected error is one message on stderr."""
    try:
        app()
    except (ClientError, KeyFileUnusableError, SettingsError, SourceError) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(_EXIT_NO_SERVICE)


if __name__ == "__main__":
    main()
