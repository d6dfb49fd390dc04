"""Where the keys of servers are kept: the system's keyring, else a file that only its owner reads.

Runs on workers: a keyring is loaded in 200 ms, and may ask a person to unlock it.
"""

import contextlib
import json
import logging
import threading
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cluster.atomic_file import replace_file
from serve_app.key_file import KeyFileUnusableError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

logger = logging.getLogger(__name__)

_SERVICE = "leafray"
_MAX_FILE_BYTES = 256 * 1024


class KeyPlace(StrEnum):
    """Where a key was put."""

    KEYRING = "keyring"
    FILE = "file"


class KeyStoreError(KeyFileUnusableError):
    """Keys cannot be read or written; the message says what to do."""


class KeyStore:
    """Keys by the address of their server; used from any thread."""

    def __init__(self, file_path: Path) -> None:
        """Take the file that serves where no keyring works; nothing is read yet."""
        self._file_path = file_path
        self._lock = threading.Lock()
        # A keyring answers in milliseconds, but is asked before every request.
        self._known: dict[str, str | None] = {}

    def load(self, url: str) -> str | None:
        """Return the key for ``url``, None if there is none.

        Raises:
            KeyStoreError: what is kept cannot be read.
        """
        name = to_key_name(url)
        with self._lock:
            if name not in self._known:
                self._known[name] = _load_from_keyring(name) or self._read_file().get(name)
            return self._known[name]

    def save(self, url: str, key: str) -> KeyPlace:
        """Keep the key for ``url`` in place of an older one; tell where it went.

        Raises:
            KeyStoreError: it can be written nowhere.
        """
        name = to_key_name(url)
        with self._lock:
            is_in_keyring = _save_to_keyring(name, key)
            kept = self._read_file(is_damage_forgiven=True)
            before = dict(kept)
            if is_in_keyring:
                kept.pop(name, None)
            else:
                kept[name] = key
            if kept != before:
                self._write_file(kept)
            self._known[name] = key
        return KeyPlace.KEYRING if is_in_keyring else KeyPlace.FILE

    def delete(self, url: str) -> None:
        """Forget the key for ``url``, if there is one.

        Raises:
            KeyStoreError: the file cannot be written.
        """
        name = to_key_name(url)
        with self._lock:
            _delete_from_keyring(name)
            kept = self._read_file(is_damage_forgiven=True)
            if kept.pop(name, None) is not None:
                self._write_file(kept)
            self._known[name] = None

    def _read_file(self, *, is_damage_forgiven: bool = False) -> dict[str, str]:
        try:
            with self._file_path.open("rb") as file:
                found = dict(json.loads(file.read(_MAX_FILE_BYTES)))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError) as error:
            if is_damage_forgiven:
                return {}
            raise KeyStoreError(
                f"The keys in {self._file_path} cannot be read. Enter them again on the tab "
                "Settings."
            ) from error
        return {str(name): key for name, key in found.items() if isinstance(key, str)}

    def _write_file(self, keys: dict[str, str]) -> None:
        content = json.dumps(keys, indent=2).encode() + b"\n"
        try:
            self._file_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(self._file_path, content, mode=0o600)
        except OSError as error:
            raise KeyStoreError(
                f"The key cannot be kept in {self._file_path} ({error.strerror}). Make the folder "
                "writable for you and save again."
            ) from error


def to_key_name(url: str) -> str:
    """Return what a key is kept under; a changed address has no key, so none goes to strangers."""
    return url.strip().rstrip("/").lower()


def _find_keyring() -> "KeyringBackend | None":
    """Return the system's keyring, None where there is none that works."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    backend = keyring.get_keyring()
    return None if isinstance(backend, fail.Keyring | null.Keyring) else backend


def _load_from_keyring(name: str) -> str | None:
    backend = _find_keyring()
    if backend is None:
        return None
    from keyring.errors import KeyringError

    try:
        return backend.get_password(_SERVICE, name)
    except KeyringError as error:
        raise KeyStoreError(
            f"The keyring of this system gives no key ({type(error).__name__}): unlock it."
        ) from error


def _save_to_keyring(name: str, key: str) -> bool:
    backend = _find_keyring()
    if backend is None:
        return False
    from keyring.errors import KeyringError

    try:
        backend.set_password(_SERVICE, name, key)
    except KeyringError:
        logger.warning("the keyring takes no key; a file does", exc_info=True)
        return False
    return True


def _delete_from_keyring(name: str) -> None:
    backend = _find_keyring()
    if backend is None:
        return
    from keyring.errors import KeyringError

    # It raises for a key that is not there, too.
    with contextlib.suppress(KeyringError):
        backend.delete_password(_SERVICE, name)
