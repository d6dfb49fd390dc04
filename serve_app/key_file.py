"""The file that holds the key which the command line sends."""

from pathlib import Path

_MAX_KEY_BYTES = 4096


class KeyFileUnusableError(Exception):
    """The file holds no key; the message says what to do."""


def load_secret(path: Path) -> str:
    """Read the one line of a key file.

    Raises:
        KeyFileUnusableError: the file is missing, cannot be read or holds no key.
    """
    try:
        with path.open("rb") as file:
            secret = file.read(_MAX_KEY_BYTES).decode("ascii").strip()
    except FileNotFoundError:
        raise KeyFileUnusableError(
            f"{path} does not exist: start the service with `make run`, or name the file of your "
            "key with --key-file."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileUnusableError(f"{path} cannot be read as a key ({error}).") from None
    if not secret or any(character.isspace() for character in secret):
        raise KeyFileUnusableError(f"{path} holds no key: it must be one line without blanks.")
    return secret
