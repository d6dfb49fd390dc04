"""Which service the command line asks, and with which key."""

from pathlib import Path
from typing import Annotated

import typer

from cluster.settings import load_settings
from serve_app.client import LeafrayClient
from serve_app.key_file import KeyFileUnusableError, load_secret

ServerOption = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="The service; default: the local one.")
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option("--key-file", help="File of your key; default: the installation's own."),
]


def connect(server: str | None, key_file: Path | None) -> LeafrayClient:
    """Return a client of the named service, or of the local one.

    Raises:
        KeyFileUnusableError: there is no key to send.
        cluster.errors.SettingsError: a setting cannot be used.
    """
    settings = load_settings()
    if server is not None and key_file is None and server.rstrip("/") != settings.http_url:
        # The administrator's key of this installation must not be sent to other servers.
        raise KeyFileUnusableError("Name the file of your key for this server with --key-file.")
    secret = load_secret(key_file or settings.layout.admin_key_path)
    return LeafrayClient(server or settings.http_url, secret)
