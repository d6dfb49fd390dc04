"""Bodies that are too large for memory: handed on as they come, within limits (pure ASGI)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.errors import ServiceError
from serve_app.layers.limits import (
    BodyLimits,
    check_content_length,
    to_slow_error,
    to_too_large_error,
)
from serve_app.layers.refusals import discard_body, has_body, refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedBodies:
    """Which requests bring such a body, and its limits."""

    limits: BodyLimits
    matches: Callable[[Scope], bool]


class StreamedBodyMiddleware:
    """Let the application read the body itself.

    Its ``receive`` raises ``BodyTooLargeError`` and ``SlowBodyError``. Where it answers before it
    has read everything, the rest is thrown away first (see ``serve_app.layers.refusals``).
    """

    def __init__(self, app: ASGIApp, streamed: StreamedBodies) -> None:
        self._app = app
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with guarded ends."""
        if scope["type"] != "http" or not has_body(scope) or not self._streamed.matches(scope):
            await self._app(scope, receive, send)
            return
        limits = self._streamed.limits
        try:
            check_content_length(Headers(scope=scope).get("content-length"), limits)
        except ServiceError as error:
            await refuse(error, scope, receive, send)
            return
        body = _Body(receive, limits)

        async def send_after_body(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.is_read:
                # The caller still sends, and would see a reset connection instead of the answer.
                if not await discard_body(scope, receive):
                    MutableHeaders(scope=message)["Connection"] = "close"
                body.is_read = True
            await send(message)

        # Of a caller who went away there is nobody to answer.
        with suppress(ClientDisconnect):
            await self._app(scope, body.receive, send_after_body)


class _Body:
    def __init__(self, receive: Receive, limits: BodyLimits) -> None:
        self._receive = receive
        self._limits = limits
        self._num_bytes = 0
        self._until_s = asyncio.get_running_loop().time() + limits.total_timeout_s
        self.is_read = False

    async def receive(self) -> Message:
        """Return the next piece.

        Raises:
            BodyTooLargeError: more bytes came than allowed.
            SlowBodyError: a pause, or the whole, took too long.
        """
        if self.is_read:
            return await self._receive()
        rest_s = self._until_s - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(rest_s, self._limits.idle_timeout_s)):
                message = await self._receive()
        except TimeoutError:
            raise to_slow_error() from None
        self._num_bytes += len(message.get("body", b""))
        if self._num_bytes > self._limits.max_body_bytes:
            raise to_too_large_error(self._limits)
        self.is_read = not message.get("more_body", False)
        return message
