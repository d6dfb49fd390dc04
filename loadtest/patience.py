"""What our client does when a question fails: the same rule, for a generator that counts attempts.

Pure. `tests/contract` holds it against the real client.
"""

from dataclasses import dataclass
from http import HTTPStatus

MAX_ATTEMPTS = 3
_FIRST_WAIT_S = 0.1
_MAX_WAIT_S = 1.0
_MAX_RETRY_AFTER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One attempt without a right answer; `status` is None where no whole answer came."""

    reason: str
    status: int | None = None
    retry_after_s: float | None = None
    is_timeout: bool = False


def get_wait_s(failure: Failure, *, num_attempts: int) -> float | None:
    """Return how long to wait before the next attempt; None: there is none.

    A lost connection and a 503 are asked again; whoever waited in vain or was refused is not.
    """
    if num_attempts >= MAX_ATTEMPTS or failure.is_timeout:
        return None
    if failure.status not in (None, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    if failure.retry_after_s is not None:
        return min(failure.retry_after_s, _MAX_RETRY_AFTER_S)
    doubled_s: float = _FIRST_WAIT_S * 2 ** (num_attempts - 1)
    return min(doubled_s, _MAX_WAIT_S)
