"""API keys: the administrator's secret, and the file of hashes that the service reads."""

import hashlib
import json
import re
import secrets
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cluster.atomic_file import replace_file
from cluster.errors import KeyFileError, KeyNameError
from cluster.storage import Layout

ADMIN_KEY_NAME = "admin"
_SECRET_BYTES = 32
# It is written into logs and typed in shells.
_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


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


def add_key(layout: Layout, name: str, role: Role) -> str:
    """List a new key and return its secret, which is kept nowhere.

    Call it under the installation's lock, as ``revoke_key``: both rewrite the whole list.

    Raises:
        KeyNameError: the name is taken, or no name.
        KeyFileError: the list cannot be understood.
    """
    if not _KEY_NAME.fullmatch(name):
        raise KeyNameError(
            f"{name[:100]!r} names no key. Use up to 64 letters, digits and . _ @ -, a letter or "
            "digit first."
        )
    known = load_api_keys(layout.api_keys_path)
    if any(key.name == name for key in known.keys):
        raise KeyNameError(f"There is a key {name!r} already. Revoke it first, or take another.")
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    api_key = ApiKey(name=name, role=role, sha256=hash_secret(secret))
    _save_api_keys(layout.api_keys_path, ApiKeys(keys=(*known.keys, api_key)))
    return secret


def revoke_key(layout: Layout, name: str) -> None:
    """Strike a key off the list.

    Raises:
        KeyNameError: there is none of that name, or it is the administrator's own.
        KeyFileError: the list cannot be understood.
    """
    if name == ADMIN_KEY_NAME:
        raise KeyNameError(
            f"The key {name!r} would be listed again by the next start. To replace it, delete "
            f"{layout.admin_key_path} and run `python -m cluster up`."
        )
    known = load_api_keys(layout.api_keys_path)
    others = tuple(key for key in known.keys if key.name != name)
    if len(others) == len(known.keys):
        raise KeyNameError(f"There is no key {name!r}. See `python -m cluster keys list`.")
    _save_api_keys(layout.api_keys_path, ApiKeys(keys=others))


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
    replace_file(path, text.encode(), mode=0o600)


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
