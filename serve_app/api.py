"""The predict application as plain FastAPI: it knows nothing of Ray."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import Response
from fastapi.security import HTTPBearer

from cluster.keys import Role
from serve_app.access_log import AccessLog, note_prediction
from serve_app.answers import to_batch_response, to_prediction_response
from serve_app.error_handlers import add_error_handlers
from serve_app.inference import TimedPrediction
from serve_app.key_watch import KeyWatch
from serve_app.layers import add_layers, run_beside
from serve_app.limits import BodyLimits
from serve_app.metrics import PAGE_MEDIA_TYPE, ServiceMetrics
from serve_app.model_report import to_model_response
from serve_app.model_slot import ModelSlot
from serve_app.openapi import BATCH_BODY, CONTRACT_VERSION, PHOTO_BODY, describe_errors
from serve_app.photos import read_batch, read_photos
from serve_app.questions import refuse_query, require_role, to_json
from serve_app.rate_limiter import RateLimiter
from serve_app.request_id import get_request_id
from serve_app.schemas import (
    BatchQuery,
    BatchResponse,
    HealthResponse,
    ModelResponse,
    PredictionQuery,
    PredictionResponse,
    ReadinessResponse,
    ReplicaReport,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """What the application answers with; made by whoever hosts it."""

    models: ModelSlot
    key_watch: KeyWatch
    body_limits: BodyLimits
    metrics: ServiceMetrics
    access_log: AccessLog
    limiter: RateLimiter | None
    """None: callers are not limited."""
    cors_origins: tuple[str, ...]
    """Websites whose pages may ask; none by default."""
    get_replica: Callable[[], ReplicaReport] | None
    """Tells of the process that answers, where there may be several."""


def create_api(parts: ApiParts, *, echoes_request_id: bool = True) -> FastAPI:
    """Build the application around loaded parts; its shutdown closes them.

    ``echoes_request_id=False`` is for hosts that put ``X-Request-ID`` on every answer themselves.
    """
    api = FastAPI(
        title="Leafray",
        version=CONTRACT_VERSION,
        summary="Plant diseases recognised from leaf photographs.",
        lifespan=lambda _: run_beside(parts, parts.models.close),
        # One page of documents; the others would load more from elsewhere.
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        responses=describe_errors(400, 401, 403, 408, 413, 415, 422, 429, 503),
    )
    _add_routes(api, parts)
    add_error_handlers(api, echoes_request_id=echoes_request_id)
    add_layers(
        api,
        parts,
        get_model_version=lambda: parts.models.model_version,
        echoes_request_id=echoes_request_id,
    )
    return api


def _add_routes(api: FastAPI, parts: ApiParts) -> None:
    may_predict = [Depends(HTTPBearer(auto_error=False)), Depends(require_role(Role.PREDICT))]

    @api.post(
        "/v1/predictions",
        response_model=PredictionResponse,
        dependencies=may_predict,
        openapi_extra=PHOTO_BODY,
    )
    async def predict(request: Request, query: Annotated[PredictionQuery, Query()]) -> Response:
        """Diagnose a photo; several photos of one plant are fused into one answer."""
        photos = await read_photos(request)
        timed = await parts.metrics.watch(
            parts.models.predict(photos, top_k=query.top_k, with_heatmap=query.explain)
        )
        note_prediction(request.scope, timed)
        return to_json(to_prediction_response(timed, get_request_id(request.scope)))

    @api.post(
        "/v1/predictions/batch",
        response_model=BatchResponse,
        dependencies=may_predict,
        openapi_extra=BATCH_BODY,
    )
    async def predict_batch(request: Request, query: Annotated[BatchQuery, Query()]) -> Response:
        """Diagnose photos of different plants; one that is refused does not spoil the others."""
        photos = await read_batch(request)
        outcomes = await parts.models.predict_each(
            [photo.image_bytes for photo in photos], top_k=query.top_k
        )
        for outcome in outcomes:
            if isinstance(outcome, TimedPrediction):
                parts.metrics.record_prediction(outcome)
        names = [photo.name for photo in photos]
        return to_json(to_batch_response(names, outcomes, get_request_id(request.scope)))

    @api.get(
        "/v1/model",
        response_model=ModelResponse,
        dependencies=[*may_predict, Depends(refuse_query)],
    )
    async def get_model() -> ModelResponse:
        """Tell which model answers, and where a change of it stands."""
        replica = parts.get_replica() if parts.get_replica is not None else None
        return to_model_response(parts.models.line, replica)

    @api.get("/healthz")
    async def get_health() -> HealthResponse:
        """Tell that the process answers."""
        return HealthResponse(status="ok")

    @api.get("/readyz")
    async def get_readiness() -> ReadinessResponse:
        """Tell that a real inference came back."""
        return ReadinessResponse(status="ready", model_version=await parts.models.check())

    @api.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def get_metrics() -> Response:
        """Return the metrics of this node in Prometheus' text format."""
        return Response(await parts.metrics.read_page(), media_type=PAGE_MEDIA_TYPE)
