"""The predict application as plain FastAPI: it knows nothing of Ray."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import Response

from cluster.keys import Role
from serve_app.inference.micro_batch import TimedPrediction
from serve_app.inference.model_report import to_model_response
from serve_app.inference.model_slot import ModelSlot
from serve_app.layers.access_log import AccessLog, note_prediction
from serve_app.layers.key_watch import KeyWatch
from serve_app.layers.limits import BodyLimits
from serve_app.layers.rate_limiter import RateLimiter
from serve_app.layers.request_id import get_request_id
from serve_app.layers.stack import add_layers, run_beside
from serve_app.layers.whole_path import WholePathMiddleware
from serve_app.meters.metrics import ServiceMetrics
from serve_app.recent_photos import RecentPhotos
from serve_app.routes.answers import to_batch_response, to_prediction_response
from serve_app.routes.error_handlers import add_error_handlers
from serve_app.routes.openapi import (
    BATCH_BODY,
    CONTRACT_VERSION,
    PHOTO_BODY,
    SUMMARY,
    describe_errors,
)
from serve_app.routes.photos import read_batch, read_photos
from serve_app.routes.questions import needs_role, refuse_query, to_json
from serve_app.routes.service_routes import ServiceParts, add_service_routes
from serve_app.schemas import (
    BatchQuery,
    BatchResponse,
    ModelResponse,
    PredictionQuery,
    PredictionResponse,
    ReplicaReport,
)

_ERRORS = describe_errors(400, 401, 403, 408, 413, 415, 422, 429, 503)


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
    get_replica: Callable[[], ReplicaReport]
    """Tells of the process that answers; there may be several."""
    recent_photos: RecentPhotos | None
    """Where photographs wait for feedback; None keeps none."""

    def describe_model(self) -> ModelResponse:
        """Tell of the models and of the process that answers with them.

        Raises:
            serve_app.errors.NotReadyError: no model was loaded yet.
        """
        return to_model_response(self.models.line, self.get_replica())

    def close(self) -> None:
        """Take no more work; what has begun is finished."""
        self.models.close()
        if self.recent_photos is not None:
            self.recent_photos.close()


def create_api(parts: ApiParts, *, echoes_request_id: bool = True) -> FastAPI:
    """Build the application around loaded parts; its shutdown closes them.

    ``echoes_request_id=False`` is for hosts that put ``X-Request-ID`` on every answer themselves.
    """
    api = FastAPI(
        title="Leafray",
        version=CONTRACT_VERSION,
        summary=SUMMARY,
        lifespan=lambda _: run_beside(parts, parts.close),
        # One page of documents; the others would load more from elsewhere.
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        responses=_ERRORS,
    )

    async def describe_model() -> ModelResponse:
        return parts.describe_model()

    add_prediction_routes(api, parts)
    add_service_routes(
        api,
        ServiceParts(
            get_model=describe_model,
            check=parts.models.check,
            read_metrics=parts.metrics.read_page,
        ),
    )
    add_error_handlers(api, echoes_request_id=echoes_request_id)
    add_layers(
        api,
        parts,
        get_model_version=lambda: parts.models.model_version,
        echoes_request_id=echoes_request_id,
    )
    api.add_middleware(WholePathMiddleware)
    return api


def describe_predictions() -> FastAPI:
    """Return an application that has the routes of predictions to be described, not called."""
    api = FastAPI(responses=_ERRORS)
    add_prediction_routes(api, cast("ApiParts", None))
    return api


def add_prediction_routes(api: FastAPI, parts: ApiParts) -> None:
    """Add the routes below ``/v1/predictions`` to an application."""
    may_predict = needs_role(Role.PREDICT)

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
        request_id = get_request_id(request.scope)
        if parts.recent_photos is not None:
            parts.recent_photos.keep(request_id, photos)
        return to_json(to_prediction_response(timed, request_id))

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
        "/v1/predictions/replica",
        response_model=ReplicaReport,
        dependencies=[*may_predict, Depends(refuse_query)],
    )
    async def get_replica() -> ReplicaReport:
        """Tell which replica answers, and where its last order to change the model stands."""
        return parts.get_replica()
