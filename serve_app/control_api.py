"""The control application as plain FastAPI: what changes data and models. Knows nothing of Ray."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

from serve_app.api import describe_predictions
from serve_app.layers.access_log import AccessLog
from serve_app.layers.key_watch import KeyWatch
from serve_app.layers.limits import BodyLimits
from serve_app.layers.rate_limiter import RateLimiter
from serve_app.layers.stack import Work, add_layers, run_beside
from serve_app.layers.streamed_body import StreamedBodies
from serve_app.loop.routes import LoopParts, add_loop_routes
from serve_app.meters.metrics import ServiceMetrics
from serve_app.routes.error_handlers import add_error_handlers
from serve_app.routes.openapi import CONTRACT_VERSION, SUMMARY, describe_both, describe_errors
from serve_app.routes.platform_errors import add_platform_handlers
from serve_app.routes.service_routes import ServiceParts, add_service_routes
from serve_app.uploads.parts import UploadParts
from serve_app.uploads.routes import add_upload_routes, brings_files

# Questions of this application are short; files are streamed past this limit.
CONTROL_BODY_LIMITS = BodyLimits(max_body_bytes=1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlParts:
    """What the application answers with; made by whoever hosts it."""

    uploads: UploadParts
    loop: LoopParts
    service: ServiceParts
    key_watch: KeyWatch
    metrics: ServiceMetrics
    access_log: AccessLog
    get_model_version: Callable[[], str]
    """For the record of each request."""
    body_limits: BodyLimits = CONTROL_BODY_LIMITS
    limiter: RateLimiter | None = None
    cors_origins: tuple[str, ...] = ()
    works: tuple[Work, ...] = ()


def create_control_api(parts: ControlParts, *, echoes_request_id: bool = True) -> FastAPI:
    """Build the application around its parts; it starts the check of uploads, and ends it.

    ``echoes_request_id=False`` is for hosts that put ``X-Request-ID`` on every answer themselves.
    """
    api = FastAPI(
        title="Leafray",
        version=CONTRACT_VERSION,
        summary=SUMMARY,
        lifespan=lambda _: run_beside(
            parts,
            parts.uploads.checker.close,
            start=parts.uploads.checker.start,
            works=parts.works,
        ),
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        responses=describe_errors(400, 401, 403, 408, 413, 415, 422, 429, 503),
    )
    add_service_routes(api, parts.service)
    add_upload_routes(api, parts.uploads)
    add_loop_routes(api, parts.loop)
    api.openapi = partial(describe_both, api, describe_predictions())  # type: ignore[method-assign]
    add_platform_handlers(api)
    add_error_handlers(api, echoes_request_id=echoes_request_id)
    add_layers(
        api,
        parts,
        get_model_version=parts.get_model_version,
        echoes_request_id=echoes_request_id,
        streamed=StreamedBodies(limits=parts.uploads.limits.body_limits, matches=brings_files),
    )
    return api
