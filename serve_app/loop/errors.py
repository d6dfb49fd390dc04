"""What callers are told where a run, a model or a dataset version cannot be had.

ServiceError
 +- NotFoundError    404  there is no such run, model, dataset version or photograph
 +- ConflictError    409  not in this state, or somebody else is at it
 +- AwayError        503  Ray's dashboard or the model registry does not answer
"""

from http import HTTPStatus

from cluster.errors import (
    ClusterError,
    JobError,
    PromotionError,
    RegistryError,
    RunError,
    RunStateError,
    StorageError,
    UploadError,
)
from serve_app.errors import InvalidRequestError, ServiceError
from serve_app.uploads.errors import from_upload_error


class NotFoundError(ServiceError):
    """There is no such thing."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class ConflictError(ServiceError):
    """Its state does not allow that, or another call is at it."""

    status = HTTPStatus.CONFLICT
    code = "conflict"


class AwayError(ServiceError):
    """Another part of the installation does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "part_away"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"Retry-After": "5"})


def from_cluster_error(error: ClusterError) -> ServiceError:
    """Return what to tell of an error of the platform."""
    match error:
        case UploadError():
            return from_upload_error(error)
        case RunStateError() | PromotionError():
            return ConflictError(str(error))
        case RunError():
            return NotFoundError(str(error))
        case StorageError():
            return InvalidRequestError(str(error))
        case JobError() | RegistryError():
            return AwayError(str(error))
    return ServiceError(str(error))
