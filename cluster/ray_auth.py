"""Ray's token authentication: the one place that switches it on.

The token lies where Ray's own tools look for it, so that a hand-typed
``RAY_AUTH_MODE=token ray job submit ...`` reaches the cluster too.
"""

import os
import secrets
from pathlib import Path

from cluster.errors import KeyFileError
from cluster.keys import write_private

RAY_AUTH_ENV = {"RAY_AUTH_MODE": "token"}
_TOKEN_BYTES = 32


def load_ray_token() -> str:
    """Return Ray's token: ``RAY_AUTH_TOKEN``, else its file, which is made where it is missing.

    Raises:
        KeyFileError: the file cannot be read or written.
    """
    from_env = os.environ.get("RAY_AUTH_TOKEN", "").strip()
    if from_env:
        return from_env
    path = _token_path()
    try:
        if path.exists():
            token = path.read_text(encoding="utf-8").strip()
            if token:
                return token
        path.parent.mkdir(parents=True, exist_ok=True)
        token = secrets.token_hex(_TOKEN_BYTES)
        write_private(path, token)
    except OSError as error:
        raise KeyFileError(
            f"Cannot read or make Ray's token {path}: {error.strerror}. Make the file readable "
            "for you, or set RAY_AUTH_TOKEN_PATH to another file."
        ) from error
    return token


def auth_headers() -> dict[str, str]:
    """Return the header that the Ray dashboard asks for."""
    return {"Authorization": f"Bearer {load_ray_token()}"}


def _token_path() -> Path:
    from_env = os.environ.get("RAY_AUTH_TOKEN_PATH")
    return Path(from_env) if from_env else Path.home() / ".ray" / "auth_token"
