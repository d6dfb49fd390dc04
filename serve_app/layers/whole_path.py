"""Whole paths for an application below a prefix (pure ASGI)."""

from starlette.types import ASGIApp, Receive, Scope, Send


class WholePathMiddleware:
    """Let routes name the path that callers ask for, prefix and all.

    Serve says below which prefix an application lies (``root_path``), and Starlette would then
    expect routes without it: the same application could not be hosted without Serve.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        # In place: what is noted of the request further in must be seen from outside, where
        # surprises are answered.
        scope["root_path"] = ""
        await self._app(scope, receive, send)
