"""The predict application as plain FastAPI: it knows nothing of Ray."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from cluster.keys import Role
from models.images import ImageError
from serve_app.access_log import AccessLog, AccessMiddleware, note_prediction
from serve_app.answers import to_batch_response, to_prediction_response
from serve_app.auth import AuthMiddleware, check_role
from serve_app.errors import InvalidRequestError, ServiceError, from_image_error, to_response
from serve_app.headers import SECURITY_HEADERS, SecurityHeadersMiddleware
from serve_app.inference import TimedPrediction
from serve_app.key_watch import KeyWatch
from serve_app.limits import BodyLimitMiddleware, BodyLimits
from serve_app.metrics import PAGE_MEDIA_TYPE, ServiceMetrics
from serve_app.model_report import to_model_response
from serve_app.model_slot import ModelSlot
from serve_app.openapi import BATCH_BODY, CONTRACT_VERSION, PHOTO_BODY, describe_errors
from serve_app.photos import read_batch, read_photos
from serve_app.rate_limiter import RateLimiter, RateLimitMiddleware
from serve_app.request_id import REQUEST_ID_HEADER, RequestIdMiddleware, get_request_id
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

_logger = logging.getLogger(__name__)


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

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work) for work in (parts.key_watch.run(), parts.metrics.run())]
        yield
        for task in tasks:
            task.cancel()
        parts.models.close()

    api = FastAPI(
        title="Leafray",
        version=CONTRACT_VERSION,
        summary="Plant diseases recognised from leaf photographs.",
        lifespan=lifespan,
        # One page of documents; the others would load more from elsewhere.
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        responses=describe_errors(400, 401, 403, 408, 413, 415, 422, 429, 503),
    )
    _add_routes(api, parts)
    _add_error_handlers(api, echoes_request_id=echoes_request_id)
    # The last one added sees a request first: id, record, headers, key, rate, body.
    api.add_middleware(BodyLimitMiddleware, limits=parts.body_limits)
    if parts.limiter is not None:
        api.add_middleware(RateLimitMiddleware, limiter=parts.limiter)
    api.add_middleware(AuthMiddleware, key_ring=parts.key_watch.key_ring)
    if parts.cors_origins:
        # Before the key: a browser asks for permission without one.
        api.add_middleware(
            CORSMiddleware,
            allow_origins=parts.cors_origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=("Authorization", "Content-Type", REQUEST_ID_HEADER),
            expose_headers=(REQUEST_ID_HEADER, "Retry-After"),
        )
    api.add_middleware(SecurityHeadersMiddleware)
    api.add_middleware(
        AccessMiddleware,
        metrics=parts.metrics,
        log=parts.access_log,
        get_model_version=lambda: parts.models.model_version,
        routes=[route.path for route in api.routes if isinstance(route, Route)],
    )
    api.add_middleware(RequestIdMiddleware, echoes=echoes_request_id)
    return api


def _add_routes(api: FastAPI, parts: ApiParts) -> None:
    may_predict = [Depends(HTTPBearer(auto_error=False)), Depends(_require_predict)]

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
        return _to_json(to_prediction_response(timed, get_request_id(request.scope)))

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
        return _to_json(to_batch_response(names, outcomes, get_request_id(request.scope)))

    @api.get(
        "/v1/model",
        response_model=ModelResponse,
        dependencies=[*may_predict, Depends(_refuse_query)],
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


def _add_error_handlers(api: FastAPI, *, echoes_request_id: bool) -> None:
    def answer(request: Request, error: ServiceError) -> Response:
        return to_response(error, request_id=get_request_id(request.scope))

    @api.exception_handler(ServiceError)
    async def on_service_error(request: Request, error: ServiceError) -> Response:
        return answer(request, error)

    @api.exception_handler(ImageError)
    async def on_image_error(request: Request, error: ImageError) -> Response:
        return answer(request, from_image_error(error))

    @api.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])[:80]}: {problem['msg'][:120]}"
            for problem in error.errors()[:5]
        )
        return answer(request, InvalidRequestError(f"{problems}. See /docs."))

    @api.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "_")
        message = f"{error.detail}. See /docs for what can be asked."
        return answer(
            request, InvalidRequestError(message, code=code, status=status, headers=error.headers)
        )

    @api.exception_handler(Exception)
    async def on_surprise(request: Request, _: Exception) -> Response:
        request_id = get_request_id(request.scope)
        # The server logs the traceback; the caller gets the id to find it by.
        _logger.error("request %s failed", request_id)
        error = ServiceError(f"The service failed; report the request id {request_id}.")
        # This handler answers outside the middleware that adds these.
        error.headers.update(SECURITY_HEADERS)
        if echoes_request_id:
            error.headers[REQUEST_ID_HEADER] = request_id
        return answer(request, error)


async def _require_predict(request: Request) -> None:
    check_role(request, Role.PREDICT)


async def _refuse_query(request: Request) -> None:
    if request.query_params:
        name = next(iter(request.query_params))
        raise InvalidRequestError(f"query.{name[:80]}: there is no such parameter. See /docs.")


def _to_json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), media_type="application/json")
