"""API keys: the administrator's secret, and the file of hashes that the service reads."""

import hashlib
import json
import os
import secrets
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cluster.errors import KeyFileError
from cluster.storage import Layout

ADMIN_KEY_NAME = "admin"
_SECRET_BYTES = 32


class Role(StrEnum):
    """What a key may do; each role may do all that the one before it may."""

    PREDICT = "predict"
    CONTRIBUTE = "contribute"
    ADMIN = "admin"


class ApiKey(BaseModel):
    """One key: the secret itself is never stored here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    role: Role
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ApiKeys(BaseModel):
    """Content of ``api_keys.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[ApiKey, ...] = ()


def ensure_admin_key(layout: Layout) -> None:
    """Make the administrator's key where it is missing, and list its hash.

    Other keys stay. Both files are replaced in one step and have mode 600.

    Raises:
        KeyFileError: a key file exists and cannot be understood.
    """
    secret = _load_secret(layout.admin_key_path)
    if secret is None:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        write_private(layout.admin_key_path, f"{secret}\n")
    admin_key = ApiKey(name=ADMIN_KEY_NAME, role=Role.ADMIN, sha256=hash_secret(secret))
    known = load_api_keys(layout.api_keys_path)
    if admin_key not in known.keys:
        others = tuple(key for key in known.keys if key.name != ADMIN_KEY_NAME)
        _save_api_keys(layout.api_keys_path, ApiKeys(keys=(admin_key, *others)))
    layout.admin_key_path.chmod(0o600)
    layout.api_keys_path.chmod(0o600)


def load_api_keys(path: Path) -> ApiKeys:
    """Read the key list; an absent file is an empty list.

    Raises:
        KeyFileError: the file is no key list.
    """
    try:
        return ApiKeys.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return ApiKeys()
    except (ValidationError, OSError) as error:
        raise KeyFileError(
            f"{path} is no list of keys: {error}. Mend it, or delete it to have it made again "
            "with the administrator's key alone."
        ) from error


def hash_secret(secret: str) -> str:
    """Hex SHA-256 of a secret; secrets have 256 random bits, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in one step; nobody else can ever read it."""
    draft_path = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    draft_path.replace(path)


def _save_api_keys(path: Path, api_keys: ApiKeys) -> None:
    write_private(path, json.dumps(api_keys.model_dump(mode="json"), indent=2) + "\n")


def _load_secret(path: Path) -> str | None:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(
            f"Cannot read {path}: {error}. Delete it to have a new key made."
        ) from error
    if len(secret) < _SECRET_BYTES:
        raise KeyFileError(f"{path} is empty or cut off. Delete it to have a new key made.")
    return secret
