"""The client of the server that the window talks to, with the key that belongs to it."""

import threading
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from gui.kit.api_key import find_key_path
from gui.kit.server_status import ServerMode, ServerStatus

if TYPE_CHECKING:
    from serve_app.client import LeafrayClient

_START_IT = "Start it with make run, or name another one with --server URL."
_NAME_KEY = "Name the file that holds your key with --key-file PATH."
_KEY_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Connection:
    """The service at ``url``; its client is made at first use and again when the key changes.

    Used from any thread. The HTTP library is loaded at first use: it would hold up the window.
    """

    def __init__(self, url: str, *, key_path: Path | None = None) -> None:
        """Take the base URL, and the file of the key (None: the installation's own)."""
        self.url = url
        self._key_path = key_path
        self._client: LeafrayClient | None = None
        self._key: str | None = None
        self._lock = threading.Lock()

    def get_client(self) -> "LeafrayClient":
        """Return a client that asks once: what is lost is asked again by whoever looks next.

        Raises:
            KeyFileUnusableError: the file of the key cannot be read or holds no key.
            ClientError: the URL or the key cannot be used.
        """
        from serve_app.client import LeafrayClient
        from serve_app.key_file import load_secret

        with self._lock:
            # Looked for each time: the first start of the service makes the key.
            key_path = find_key_path(self.url, self._key_path)
            key = load_secret(key_path) if key_path else None
            if self._client is None or key != self._key:
                # The client before is not closed: another thread may be in the middle of a request.
                self._client = LeafrayClient(self.url, key, attempts=1)
                self._key = key
            return self._client

    def check(self) -> ServerStatus:
        """Look at the server; never raises."""
        from serve_app.client import ClientError
        from serve_app.key_file import KeyFileUnusableError

        try:
            model = self.get_client().get_model()
        except (ClientError, KeyFileUnusableError) as error:
            return self.to_status(error)
        return ServerStatus(mode=ServerMode.ONLINE, url=self.url, model_version=model.model_version)

    def to_status(self, error: Exception) -> ServerStatus:
        """Return what an error of the client tells of the server."""
        from serve_app.client import ApiError
        from serve_app.key_file import KeyFileUnusableError

        is_key_problem = isinstance(error, KeyFileUnusableError) or (
            isinstance(error, ApiError) and error.status in _KEY_STATUSES
        )
        return ServerStatus(
            mode=ServerMode.REFUSING if is_key_problem else ServerMode.OFFLINE,
            url=self.url,
            advice=f"{error} {_NAME_KEY if is_key_problem else _START_IT}",
        )
