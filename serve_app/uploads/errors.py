"""What callers are told where an upload cannot go on.

ServiceError
 +- UploadNotFoundError   404
 +- UploadConflictError   409  not in this state of the upload
 +- DiskFullError         507  nothing of the request was kept
"""

import errno
from http import HTTPStatus

from cluster.errors import UploadError, UploadStateError
from serve_app.errors import ServiceError

# The last one: the file system takes no file of that size.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class UploadNotFoundError(ServiceError):
    """There is no such upload."""

    status = HTTPStatus.NOT_FOUND
    code = "no_such_upload"


class UploadConflictError(ServiceError):
    """The upload is in a state that does not allow it."""

    status = HTTPStatus.CONFLICT
    code = "wrong_state"


class DiskFullError(ServiceError):
    """The server's disk has no room."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = "disk_full"

    def __init__(self) -> None:
        super().__init__(
            "The server's disk is full and nothing of this request was kept: ask the administrator "
            "to free some space, discard uploads that nobody needs, then send it again."
        )


def from_upload_error(error: UploadError) -> ServiceError:
    """Return what to tell of an upload that is not there, or not in the right state."""
    if isinstance(error, UploadStateError):
        return UploadConflictError(str(error))
    return UploadNotFoundError(str(error))


def is_disk_full(error: OSError) -> bool:
    """Tell whether an operation failed for want of space."""
    return error.errno in _FULL
