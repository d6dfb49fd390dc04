"""One record a request, for the log and for the metrics (pure ASGI).

The record names the key, never its secret; it holds no image and nothing of the query.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.inference.micro_batch import TimedPrediction
from serve_app.layers.request_id import get_request_id
from serve_app.meters.metrics import ServiceMetrics, get_stages_ms

_NO_ROUTE = "other"
# nginx's word for it: the caller went away before there was an answer.
_CALLER_GONE = 499
_FAILED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLog:
    """Where the records go: as the fields of one line of a logger, which its host formats.

    ``context`` is written into every line beside them.
    """

    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("leafray.access"))
    context: Mapping[str, Any] = field(default_factory=dict)

    def write(self, fields: Mapping[str, Any]) -> None:
        """Write one line."""
        self.logger.info(
            "%s %s %s",
            fields["method"],
            fields["route"],
            fields["status"],
            extra={**self.context, **fields},
        )


class AccessMiddleware:
    """Measure each request from its headers to the end of its answer."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: ServiceMetrics,
        log: AccessLog,
        get_model_version: Callable[[], str],
        routes: Collection[str],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log
        self._get_model_version = get_model_version
        self._routes = frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and record what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = time.perf_counter()
        status = _CALLER_GONE

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception:
            # The handler of surprises answers outside this layer.
            status = _FAILED
            raise
        finally:
            self._record(scope, status, time.perf_counter() - started_s)

    def _record(self, scope: Scope, status: int, duration_s: float) -> None:
        route = name_route(scope, self._routes)
        method = scope["method"]
        self._metrics.record_request(
            route=route, method=method, status=status, duration_s=duration_s
        )
        state = scope.get("state", {})
        api_key = state.get("api_key")
        timed: TimedPrediction | None = state.get("timed")
        stages_ms = {} if timed is None else get_stages_ms(timed)
        self._log.write(
            {
                "request_id": get_request_id(scope),
                "key": api_key and api_key.name,
                "method": method,
                "route": route,
                "status": status,
                "total_ms": round(1000 * duration_s, 2),
                **{f"{stage}_ms": round(ms, 2) for stage, ms in stages_ms.items()},
                "model_version": (
                    self._get_model_version() if timed is None else timed.prediction.model_version
                ),
            }
        )


def note_prediction(scope: Scope, timed: TimedPrediction) -> None:
    """Let the record of this request tell where its time went."""
    scope["state"]["timed"] = timed


def name_route(scope: Scope, routes: Collection[str]) -> str:
    """Return the pattern of the route; paths that callers make up are all one."""
    pattern = getattr(scope.get("route"), "path", None)
    if isinstance(pattern, str):
        return pattern
    # Refused before it was routed.
    return scope["path"] if scope["path"] in routes else _NO_ROUTE
