"""The client of the server that the window talks to, with the key that belongs to it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from gui.kit.api_key import find_key_path
from gui.kit.server_status import ServerMode, ServerStatus

if TYPE_CHECKING:
    from serve_app.client import LeafrayClient

_START_IT = "Start it with make run, or choose another server on the tab Settings."
_ENTER_KEY = "Enter your key on the tab Settings, or name its file with --key-file PATH."
_NO_SERVER = "No server is chosen: everything happens on this laptop."
_CHOOSE_ONE = "Choose one on the tab Settings."
_KEY_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

LoadKey = Callable[[], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server and what finds its key, None where it takes none; ``url`` "": no server at all.

    ``load_key`` raises ``serve_app.key_file.KeyFileUnusableError``.
    """

    url: str
    load_key: LoadKey


class Connection:
    """The service at ``url``; its client is made at first use and again when the key changes.

    Used from any thread, and so is changing to another server: what is under way there ends there.
    The HTTP library is loaded at first use: it would hold up the window.
    """

    def __init__(self, url: str, *, key_path: Path | None = None) -> None:
        """Take the base URL, and the file of the key (None: the installation's own)."""
        self._target = Target(url=url, load_key=lambda: load_key_file(url, key_path))
        self._client: LeafrayClient | None = None
        self._client_of: tuple[str, str | None] | None = None
        self._clients: list[LeafrayClient] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The base URL of the server in use; empty where there is none."""
        return self._target.url

    def use(self, target: Target) -> None:
        """Talk to ``target`` from the next call on; never blocks."""
        self._target = target

    def get_client(self) -> "LeafrayClient":
        """Return a client that asks once: what is lost is asked again by whoever looks next.

        Raises:
            KeyFileUnusableError: the key cannot be read.
            ClientError: no server is chosen, or its URL or key cannot be used.
        """
        return self._get_client(self._target)

    def check(self) -> ServerStatus:
        """Look at the server; never raises."""
        from serve_app.client import ClientError
        from serve_app.key_file import KeyFileUnusableError

        target = self._target
        try:
            model = self._get_client(target).get_model()
        except (ClientError, KeyFileUnusableError) as error:
            return _to_status(error, target.url)
        return ServerStatus(
            mode=ServerMode.ONLINE, url=target.url, model_version=model.model_version
        )

    def to_status(self, error: Exception) -> ServerStatus:
        """Return what an error of the client tells of the server."""
        return _to_status(error, self.url)

    def close(self) -> None:
        """End all requests; for when the window closes."""
        with self._lock:
            for client in self._clients:
                client.close()

    def _get_client(self, target: Target) -> "LeafrayClient":
        from serve_app.client import ClientError, LeafrayClient

        if not target.url:
            raise ClientError(_NO_SERVER)
        # Looked for each time: the first start of the service makes the key, and a person may
        # enter another. Not under the lock: a keyring may ask a person first.
        client_of = target.url, target.load_key()
        with self._lock:
            if self._client is None or client_of != self._client_of:
                # The client before is not closed: another thread may be in the middle of a request.
                self._client = LeafrayClient(*client_of, attempts=1)
                self._client_of = client_of
                self._clients.append(self._client)
            return self._client


def load_key_file(url: str, key_path: Path | None) -> str | None:
    """Return the key in the file that belongs to ``url``, None if there is none to send.

    Raises:
        KeyFileUnusableError: the file cannot be read or holds no key.
    """
    from serve_app.key_file import load_secret

    found = find_key_path(url, key_path)
    return load_secret(found) if found else None


def _to_status(error: Exception, url: str) -> ServerStatus:
    from serve_app.client import ApiError
    from serve_app.key_file import KeyFileUnusableError

    is_key_problem = isinstance(error, KeyFileUnusableError) or (
        isinstance(error, ApiError) and error.status in _KEY_STATUSES
    )
    advice = _ENTER_KEY if is_key_problem else _START_IT if url else _CHOOSE_ONE
    return ServerStatus(
        mode=ServerMode.REFUSING if is_key_problem else ServerMode.OFFLINE,
        url=url,
        advice=f"{error} {advice}",
    )
