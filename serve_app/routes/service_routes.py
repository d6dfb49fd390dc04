"""The routes by which the service tells of itself: model, health, readiness, metrics."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Depends, FastAPI
from fastapi.responses import Response

from cluster.keys import Role
from serve_app.meters.metrics import PAGE_MEDIA_TYPE
from serve_app.routes.questions import needs_role, refuse_query
from serve_app.schemas import HealthResponse, ModelResponse, ReadinessResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """Where the answers come from; each raises a ``ServiceError`` where it has none."""

    get_model: Callable[[], Awaitable[ModelResponse]]
    check: Callable[[], Awaitable[str]]
    """Returns the version of a model that has just answered."""
    read_metrics: Callable[[], Awaitable[bytes]]


def add_service_routes(api: FastAPI, parts: ServiceParts) -> None:
    """Add the routes to an application."""
    may_predict = needs_role(Role.PREDICT)

    @api.get(
        "/v1/model",
        response_model=ModelResponse,
        dependencies=[*may_predict, Depends(refuse_query)],
    )
    async def get_model() -> ModelResponse:
        """Tell which model answers, where a change of it stands, and how far today's photos are."""
        return await parts.get_model()

    @api.get("/healthz")
    async def get_health() -> HealthResponse:
        """Tell that the process answers."""
        return HealthResponse(status="ok")

    @api.get("/readyz")
    async def get_readiness() -> ReadinessResponse:
        """Tell that a real inference came back."""
        return ReadinessResponse(status="ready", model_version=await parts.check())

    @api.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def get_metrics() -> Response:
        """Return the metrics of this node in Prometheus' text format."""
        return Response(await parts.read_metrics(), media_type=PAGE_MEDIA_TYPE)
