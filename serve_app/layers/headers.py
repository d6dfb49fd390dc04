"""Headers that every answer carries, for browsers that are led to it (pure ASGI).

Strict-Transport-Security belongs to whatever ends TLS in front of the service.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

DOCS_PATH = "/docs"

_CSP = "Content-Security-Policy"
_NO_CONTENT = "default-src 'none'; frame-ancestors 'none'"
# What FastAPI's page of the documents loads; it starts itself by a script written inside it.
_DOCS_CONTENT = (
    "default-src 'none'; connect-src 'self'; frame-ancestors 'none'; "
    "script-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    "style-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    "img-src data: https://fastapi.tiangolo.com"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Diagnoses are for the caller alone, and health is of this moment.
    "Cache-Control": "no-store",
    _CSP: _NO_CONTENT,
}


class SecurityHeadersMiddleware:
    """Add the headers to every answer that passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw_headers = _DOCS_RAW if scope["path"] == DOCS_PATH else _RAW

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *raw_headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _encode(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


_RAW = _encode(SECURITY_HEADERS)
_DOCS_RAW = _encode({**SECURITY_HEADERS, _CSP: _DOCS_CONTENT})
