"""Uploads on the command line: ``python -m serve_app uploads list|show|correct|accept|discard``."""

from typing import Annotated

import typer

from serve_app.commands.connection import KeyFileOption, ServerOption, connect
from serve_app.upload_session import print_upload

UploadArgument = Annotated[str, typer.Argument(metavar="UPLOAD_ID")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

uploads_app = typer.Typer(help="What was uploaded, and what becomes of it.", no_args_is_help=True)


@uploads_app.command("list")
def list_all(server: ServerOption = None, key_file: KeyFileOption = None) -> None:
    """List uploads, the newest first."""
    with connect(server, key_file) as client:
        for upload in client.uploads.list_all():
            typer.echo(
                f"{upload.upload_id}  {upload.status:<9}  {upload.accepted:>6} accepted  "
                f"{upload.rejected:>6} rejected  {upload.suspicious:>5} to look at"
            )


@uploads_app.command()
def show(
    upload_id: UploadArgument,
    as_json: JsonOption = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Show what became of an upload."""
    with connect(server, key_file) as client:
        print_upload(client, client.uploads.get(upload_id), as_json=as_json)


@uploads_app.command()
def correct(
    upload_id: UploadArgument,
    sha256: Annotated[str, typer.Argument(help="Which photograph, by the hash of its bytes.")],
    label: Annotated[
        str | None, typer.Argument(help="Its right class; without one it is left out.")
    ] = None,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Give a photograph its right class, or leave it out."""
    with connect(server, key_file) as client:
        item = client.uploads.correct(upload_id, sha256, label)
    typer.echo(f"{item.name}: {item.class_name if item.is_accepted else item.reason}")


@uploads_app.command()
def accept(
    upload_id: UploadArgument,
    as_json: JsonOption = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Take the accepted photographs of an upload into the data."""
    with connect(server, key_file) as client:
        print_upload(client, client.uploads.accept(upload_id), as_json=as_json)


@uploads_app.command()
def discard(
    upload_id: UploadArgument,
    as_json: JsonOption = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Give an upload up and delete its photographs."""
    with connect(server, key_file) as client:
        print_upload(client, client.uploads.discard(upload_id), as_json=as_json)
