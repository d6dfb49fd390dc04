"""Who asks: bearer keys, checked by the request's headers alone, before its body is read."""

import hmac
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from cluster.errors import KeyFileError
from cluster.keys import ApiKey, ApiKeys, Role, hash_secret, load_api_keys
from serve_app.errors import ForbiddenError, UnauthorizedError
from serve_app.layers.refusals import refuse

PROTECTED_PREFIX = "/v1/"

_RANKS = {Role.PREDICT: 0, Role.CONTRIBUTE: 1, Role.ADMIN: 2}
_MAX_SECRET_CHARS = 512


class KeyRing:
    """The known keys; holds hashes only. May be replaced from another thread."""

    def __init__(self, api_keys: ApiKeys) -> None:
        self._keys = api_keys.keys

    def replace(self, other: "KeyRing") -> None:
        """Know the keys of the other from now on, and no others."""
        self._keys = other._keys

    def find(self, secret: str) -> ApiKey | None:
        """Return the key with this secret; takes equally long whichever it is."""
        offered = hash_secret(secret)
        found: ApiKey | None = None
        for key in self._keys:
            if hmac.compare_digest(key.sha256, offered):
                found = key
        return found


def load_key_ring(path: Path) -> KeyRing:
    """Read the key file; a service without one would refuse everybody, so it must exist.

    Raises:
        KeyFileError: the file is missing or is no list of keys.
    """
    if not path.is_file():
        raise KeyFileError(f"{path} does not exist; `python -m cluster up` makes it")
    return KeyRing(load_api_keys(path))


class AuthMiddleware:
    """Identify the caller of every ``/v1/*`` call (``scope["state"]["api_key"]``)."""

    def __init__(self, app: ASGIApp, key_ring: KeyRing) -> None:
        self._app = app
        self._key_ring = key_ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 to strangers, else pass the request on."""
        if scope["type"] != "http" or not scope["path"].startswith(PROTECTED_PREFIX):
            await self._app(scope, receive, send)
            return
        try:
            api_key = identify(Headers(scope=scope).get("authorization"), self._key_ring)
        except UnauthorizedError as error:
            await refuse(error, scope, receive, send)
            return
        scope["state"] = {**scope.get("state", {}), "api_key": api_key}
        await self._app(scope, receive, send)


def identify(authorization: str | None, key_ring: KeyRing) -> ApiKey:
    """Return the key that an ``Authorization`` header names.

    Raises:
        UnauthorizedError: there is none, or it is not known.
    """
    if authorization is None:
        raise UnauthorizedError("Send your API key as `Authorization: Bearer KEY`.")
    scheme, _, secret = authorization.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret or len(secret) > _MAX_SECRET_CHARS:
        raise UnauthorizedError("The Authorization header must read `Bearer KEY`.")
    api_key = key_ring.find(secret)
    if api_key is None:
        raise UnauthorizedError(
            "This API key is not known here: check the key, or ask the service's administrator."
        )
    return api_key


def check_role(request: Request, needed: Role) -> None:
    """Refuse a caller whose role is below the one needed.

    Raises:
        ForbiddenError: the role is too low.
    """
    api_key: ApiKey = request.state.api_key
    if _RANKS[api_key.role] < _RANKS[needed]:
        raise ForbiddenError(
            f"The key {api_key.name!r} has the role {api_key.role}; this needs {needed}. "
            "Ask the administrator for another key."
        )
