"""What can go wrong while the photographs are fetched.

::

    DownloadError      not everything is there
    └── SourceError    a request that got no content

Every message of a DownloadError ends with what to do next.
"""

import errno
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path


class DownloadError(Exception):
    """The photographs cannot be fetched; the message says what to do next."""


class SourceError(DownloadError):
    """A request that got no content.

    `wait_s` is what the host asked for; `stops_all` says that other files would fare no better.
    """

    def __init__(
        self,
        message: str,
        *,
        is_retryable: bool = False,
        wait_s: float | None = None,
        stops_all: bool = False,
    ) -> None:
        super().__init__(message)
        self.is_retryable = is_retryable
        self.wait_s = wait_s
        self.stops_all = stops_all


def read_refusal(
    status: int,
    headers: Mapping[str, str],
    *,
    what: str,
    pause_s: float,
    max_wait_s: float,
    now_s: float,
) -> SourceError:
    """Tell what an answer without content means; `now_s` counts from 1970.

    `pause_s` is waited after a limit that names no time; what asks for more than `max_wait_s` is
    not waited for.
    """
    wait_s = _read_wait_s(headers, now_s=now_s)
    is_limit = status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.FORBIDDEN and wait_s is not None
    )
    if is_limit:
        wait_s = pause_s if wait_s is None else wait_s
        until = datetime.fromtimestamp(now_s + wait_s, UTC)
        return SourceError(
            f"{what}: GitHub's limit of requests is reached (status {status}). Run the command "
            f"again after {until:%Y-%m-%d %H:%M} UTC; for listings, a GITHUB_TOKEN (any, no rights "
            "needed) raises the limit at once.",
            is_retryable=wait_s <= max_wait_s,
            wait_s=wait_s,
            stops_all=True,
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return SourceError(
            f"{what}: GitHub does not accept the GITHUB_TOKEN. Renew it, or unset the variable.",
            stops_all=True,
        )
    is_passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return SourceError(
        f"{what}: the server answered {status}",
        is_retryable=is_passing and (wait_s is None or wait_s <= max_wait_s),
        wait_s=wait_s if is_passing else None,
    )


def _read_wait_s(headers: Mapping[str, str], *, now_s: float) -> float | None:
    """Read how long the host wants to be left alone: `Retry-After`, else the limit's reset."""
    after = headers.get("retry-after", "").strip()
    if after.isdecimal():
        return float(after[:9])
    try:
        return max(0.0, parsedate_to_datetime(after).timestamp() - now_s)
    except (ValueError, OverflowError):
        pass
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining", "").strip() == "0" and reset.isdecimal():
        return max(0.0, float(reset[:11]) - now_s) + 1.0
    return None


def say_os_error(error: OSError, folder: Path) -> str:
    """Say what the disk refused, and what to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk of {folder} is full. What was fetched is kept: free some space and run the "
            "same command again."
        )
    reason = error.strerror or type(error).__name__
    return f"{error.filename or folder} cannot be used: {reason}. Correct it and run it again."
