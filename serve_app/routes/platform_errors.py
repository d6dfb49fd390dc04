"""What callers are told where the platform below says no: runs, models, uploads, the disk.

ServiceError
 +- AwayError       503  with Retry-After: Ray's dashboard or the registry does not answer
 +- DiskFullError   507  nothing of the request was kept
"""

import errno
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response

from cluster.errors import (
    ClusterError,
    JobError,
    PromotionError,
    RegistryError,
    RunError,
    RunStateError,
    StorageError,
    UploadError,
    UploadStateError,
)
from serve_app.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    ServiceError,
    to_response,
)
from serve_app.layers.request_id import get_request_id

# The last one: the file system takes no file of that size.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class AwayError(ServiceError):
    """Another part of the installation does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "part_away"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"Retry-After": "5"})


class DiskFullError(ServiceError):
    """The server's disk has no room."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = "disk_full"

    def __init__(self) -> None:
        super().__init__(
            "The server's disk is full: ask the administrator to free some space, discard uploads "
            "that nobody needs, then send it again."
        )


def add_platform_handlers(api: FastAPI) -> None:
    """Let an application answer errors of the platform by their kind."""

    @api.exception_handler(ClusterError)
    async def on_cluster_error(request: Request, error: ClusterError) -> Response:
        return to_response(from_cluster_error(error), request_id=get_request_id(request.scope))

    @api.exception_handler(OSError)
    async def on_os_error(request: Request, error: OSError) -> Response:
        if not is_disk_full(error):
            raise error
        return to_response(DiskFullError(), request_id=get_request_id(request.scope))


def from_cluster_error(error: ClusterError) -> ServiceError:
    """Return what to tell of an error of the platform."""
    match error:
        case UploadStateError():
            return ConflictError(str(error), code="wrong_state")
        case UploadError():
            return NotFoundError(str(error), code="no_such_upload")
        case RunStateError() | PromotionError():
            return ConflictError(str(error))
        case RunError():
            return NotFoundError(str(error))
        case StorageError():
            return InvalidRequestError(str(error))
        case JobError() | RegistryError():
            return AwayError(str(error))
    return ServiceError(str(error))


def is_disk_full(error: OSError) -> bool:
    """Tell whether an operation failed for want of space."""
    return error.errno in _FULL
