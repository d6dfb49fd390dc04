"""One id per request: the caller's own where it is harmless, else a new one.

The id goes into answers and logs, so anything but a short plain word is replaced.
"""

import re
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID_HEADER = "X-Request-ID"

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class RequestIdMiddleware:
    """Give each HTTP request an id (``scope["state"]["request_id"]``) and echo it.

    ``echoes=False`` is for hosts that put the header on every answer themselves.
    """

    def __init__(self, app: ASGIApp, *, echoes: bool = True) -> None:
        self._app = app
        self._echoes = echoes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = choose_request_id(Headers(scope=scope).get(REQUEST_ID_HEADER))
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id if self._echoes else send)


def choose_request_id(offered: str | None) -> str:
    """Return the caller's id if it is a plain word of at most 64 characters, else a new one."""
    if offered is not None and _PLAIN.fullmatch(offered):
        return offered
    return uuid.uuid4().hex


def get_request_id(scope: Scope) -> str:
    """Return the id that the middleware gave to this request."""
    return str(scope.get("state", {}).get("request_id", "unknown"))
