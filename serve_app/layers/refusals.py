"""Answering with an error before the body was read.

A server that answers and closes while the caller still sends makes the caller see a reset
connection instead of the answer. So a bounded part of the body is read and thrown away first; where
that was all of it, the connection stays usable.
"""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from serve_app.errors import ServiceError, to_response
from serve_app.layers.request_id import get_request_id

_MAX_DISCARDED_BYTES = 64 * 1024 * 1024
_DISCARD_TIMEOUT_S = 2.0


async def refuse(error: ServiceError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the error; close the connection if some of the body is still to come."""
    if has_body(scope) and not await discard_body(scope, receive):
        error.headers["Connection"] = "close"
    response = to_response(error, request_id=get_request_id(scope))
    await response(scope, receive, send)


def has_body(scope: Scope) -> bool:
    """Tell whether a body was announced."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def discard_body(scope: Scope, receive: Receive) -> bool:
    """Throw a bounded part of the body away; return whether that was all that is left of it."""
    if "expect" in Headers(scope=scope):
        return False  # The caller waits for our word before it sends anything.
    num_bytes = 0
    try:
        async with asyncio.timeout(_DISCARD_TIMEOUT_S):
            while num_bytes <= _MAX_DISCARDED_BYTES:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return False
                num_bytes += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return True
    except TimeoutError:
        pass
    return False
