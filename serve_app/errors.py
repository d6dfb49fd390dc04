"""Errors of the service, and the one place that turns them into HTTP answers.

ServiceError
 +- UnauthorizedError   401  no key, or one that is not known
 +- ForbiddenError      403  the key's role may not do this
 +- InvalidRequestError 422  (or 400, 404, 405, 415) the question cannot be answered as put
 +- NotFoundError       404
 +- ConflictError       409  its state does not allow that, or another call is at it
 +- BodyTooLargeError   413
 +- SlowBodyError       408
 +- RateLimitedError    429  with Retry-After: this key asks too often
 +- BusyError           503  with Retry-After: nothing was computed, ask again
 +- NotReadyError       503  the model does not answer
 +- MetricsError        503  the page of metrics cannot be read now
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from models.images import ImageError
from serve_app.schemas import ErrorBody

_IMAGE_STATUSES = {
    "empty": HTTPStatus.BAD_REQUEST,
    "not_an_image": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported_format": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported_colour": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "animated": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "too_many_bytes": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_many_pixels": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


class ServiceError(Exception):
    """An error that is told to the caller: status, code and what to do next."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: HTTPStatus | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.headers = dict(headers or {})


class UnauthorizedError(ServiceError):
    """No key was sent, or one that is not known."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unauthorized"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Bearer"})


class ForbiddenError(ServiceError):
    """The key is known and its role is too low."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class InvalidRequestError(ServiceError):
    """The question cannot be answered as it was put."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_request"


class NotFoundError(ServiceError):
    """There is no such thing."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class ConflictError(ServiceError):
    """Its state does not allow that, or another call is at it."""

    status = HTTPStatus.CONFLICT
    code = "conflict"


class BodyTooLargeError(ServiceError):
    """More bytes than the service takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"


class SlowBodyError(ServiceError):
    """The body did not arrive in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "body_too_slow"


class RateLimitedError(ServiceError):
    """This key has made as many requests as it may."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_s)})


class BusyError(ServiceError):
    """All threads work and enough requests wait: nothing was computed."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "busy"

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_s)})


class NotReadyError(ServiceError):
    """The model does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "not_ready"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"Retry-After": "1"})


class MetricsError(ServiceError):
    """The page of metrics cannot be read now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "metrics_unavailable"


def from_image_error(error: ImageError) -> ServiceError:
    """Return what to tell of a refused image; codes stay as they are."""
    status = _IMAGE_STATUSES.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    return InvalidRequestError(error.message, code=error.code, status=status)


def to_response(error: ServiceError, *, request_id: str) -> Response:
    """Return the HTTP answer to an error."""
    body = ErrorBody(code=error.code, message=error.message, request_id=request_id)
    return JSONResponse(body.model_dump(), status_code=error.status, headers=error.headers)
