"""The ASGI layers around both applications, and the work beside their requests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from serve_app.layers.access_log import AccessLog, AccessMiddleware
from serve_app.layers.auth import AuthMiddleware
from serve_app.layers.headers import SecurityHeadersMiddleware
from serve_app.layers.key_watch import KeyWatch
from serve_app.layers.limits import BodyLimitMiddleware, BodyLimits
from serve_app.layers.rate_limiter import RateLimiter, RateLimitMiddleware
from serve_app.layers.request_id import REQUEST_ID_HEADER, RequestIdMiddleware
from serve_app.layers.streamed_body import StreamedBodies, StreamedBodyMiddleware
from serve_app.meters.metrics import ServiceMetrics

Work = Callable[[], Coroutine[Any, Any, None]]
"""Goes on until it is cancelled."""


class LayerParts(Protocol):
    """What the layers of an application are made of."""

    @property
    def key_watch(self) -> KeyWatch:
        """The known keys."""

    @property
    def body_limits(self) -> BodyLimits:
        """Limits of bodies that are taken into memory."""

    @property
    def metrics(self) -> ServiceMetrics:
        """Where requests are counted."""

    @property
    def access_log(self) -> AccessLog:
        """Where requests are recorded."""

    @property
    def limiter(self) -> RateLimiter | None:
        """How often a key may ask; None: callers are not limited."""

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Websites whose pages may ask; none by default."""


def add_layers(
    api: FastAPI,
    parts: LayerParts,
    *,
    get_model_version: Callable[[], str],
    echoes_request_id: bool,
    streamed: StreamedBodies | None = None,
) -> None:
    """Put the layers around an application that has its routes.

    The last one added sees a request first: id, record, headers, key, rate, body.
    ``streamed`` are the requests whose bodies are handed on as they come.
    """
    api.add_middleware(
        BodyLimitMiddleware,
        limits=parts.body_limits,
        passes_on=None if streamed is None else streamed.matches,
    )
    if streamed is not None:
        api.add_middleware(StreamedBodyMiddleware, streamed=streamed)
    if parts.limiter is not None:
        api.add_middleware(RateLimitMiddleware, limiter=parts.limiter)
    api.add_middleware(AuthMiddleware, key_ring=parts.key_watch.key_ring)
    if parts.cors_origins:
        # Before the key: a browser asks for permission without one.
        api.add_middleware(
            CORSMiddleware,
            allow_origins=parts.cors_origins,
            allow_methods=("GET", "POST", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", REQUEST_ID_HEADER),
            expose_headers=(REQUEST_ID_HEADER, "Retry-After"),
        )
    api.add_middleware(SecurityHeadersMiddleware)
    api.add_middleware(
        AccessMiddleware,
        metrics=parts.metrics,
        log=parts.access_log,
        get_model_version=get_model_version,
        routes=[route.path for route in api.routes if isinstance(route, Route)],
    )
    api.add_middleware(RequestIdMiddleware, echoes=echoes_request_id)


@asynccontextmanager
async def run_beside(
    parts: LayerParts,
    close: Callable[[], None],
    *,
    start: Callable[[], None] | None = None,
    works: Sequence[Work] = (),
) -> AsyncIterator[None]:
    """Watch the keys and set the gauges while an application lives, from its start to its close.

    ``works`` are more that go on beside its requests.
    """
    if start is not None:
        start()
    all_works: tuple[Work, ...] = (parts.key_watch.run, parts.metrics.run, *works)
    tasks = [asyncio.create_task(work()) for work in all_works]
    yield
    for task in tasks:
        task.cancel()
    close()
