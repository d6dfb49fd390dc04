"""Limits on bodies, before anything parses them (pure ASGI).

FastAPI checks sizes only after the whole body was spooled, and Ray Serve has no limit at all.
The body is taken into memory here, at most ``max_body_bytes`` of it, and a sender that stalls is
let go, so that a slow one cannot hold one of the few places of a replica.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.errors import BodyTooLargeError, InvalidRequestError, ServiceError, SlowBodyError
from serve_app.layers.refusals import has_body, refuse

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """How large a body may be and how long it may take.

    The largest image has 20 MiB; the rest is room for multipart headers and further photos.
    """

    max_body_bytes: int = 24 * _MIB
    idle_timeout_s: float = 10.0
    total_timeout_s: float = 60.0


class BodyLimitMiddleware:
    """Read the body within the limits, then hand it on in one piece.

    Requests that ``passes_on`` names keep theirs as it comes.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: BodyLimits,
        passes_on: Callable[[Scope], bool] | None = None,
    ) -> None:
        self._app = app
        self._limits = limits
        self._passes_on = passes_on or (lambda _: False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 or 408 where a limit is broken, else pass the request on."""
        if scope["type"] != "http" or not has_body(scope) or self._passes_on(scope):
            await self._app(scope, receive, send)
            return
        try:
            check_content_length(Headers(scope=scope).get("content-length"), self._limits)
            body = await read_body(receive, self._limits)
        except ServiceError as error:
            await refuse(error, scope, receive, send)
            return
        except ClientDisconnect:
            return
        await self._app(scope, _replay(body, receive), send)


def check_content_length(content_length: str | None, limits: BodyLimits) -> None:
    """Refuse by the announced length alone.

    Raises:
        ServiceError: the length is no number, or too large.
    """
    if content_length is None:
        return
    if not (content_length.isascii() and content_length.isdigit()):
        raise InvalidRequestError(
            "Content-Length is no number.", code="bad_content_length", status=HTTPStatus.BAD_REQUEST
        )
    # Python refuses to convert thousands of digits, so the count of digits is checked first.
    if len(content_length) > 15 or int(content_length) > limits.max_body_bytes:
        raise to_too_large_error(limits)


async def read_body(receive: Receive, limits: BodyLimits) -> bytes:
    """Take the whole body.

    Raises:
        BodyTooLargeError: more bytes came than allowed.
        SlowBodyError: a pause, or the whole, took too long.
        ClientDisconnect: the sender went away.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(limits.total_timeout_s):
            while True:
                async with asyncio.timeout(limits.idle_timeout_s):
                    message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if len(body) > limits.max_body_bytes:
                    raise to_too_large_error(limits)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise to_slow_error() from None


def _replay(body: bytes, receive: Receive) -> Receive:
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def to_slow_error() -> SlowBodyError:
    """Return what to tell a caller whose body came too slowly."""
    return SlowBodyError(
        "The body did not arrive in time: send a smaller copy, or try a better connection."
    )


def to_too_large_error(limits: BodyLimits) -> BodyTooLargeError:
    """Return what to tell a caller whose body is too large."""
    return BodyTooLargeError(
        f"The request has more than {limits.max_body_bytes // _MIB} MiB: send smaller copies, "
        "or fewer photos at once."
    )
