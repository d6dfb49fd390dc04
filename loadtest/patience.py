"""What our client does when a question fails: its rule, for a generator that counts attempts."""

from dataclasses import dataclass

from serve_app.client import ApiError, ServerUnreachableError, get_backoff

# As the client; a test counts the attempts of both.
MAX_ATTEMPTS = 3
_FIRST_WAIT_S = 0.1
_MAX_WAIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One attempt without a right answer; `status` is None where no whole answer came."""

    reason: str
    status: int | None = None
    retry_after_s: float | None = None
    is_timeout: bool = False


def get_wait_s(failure: Failure, *, num_attempts: int) -> float | None:
    """Return how long our client waits before its next attempt; None: it makes none."""
    if num_attempts >= MAX_ATTEMPTS:
        return None
    backoff = get_backoff(_to_client_error(failure))
    if backoff is True:
        doubled_s: float = _FIRST_WAIT_S * 2 ** (num_attempts - 1)
        return min(doubled_s, _MAX_WAIT_S)
    return None if backoff is False else backoff


def _to_client_error(failure: Failure) -> Exception:
    if failure.status is None:
        return ServerUnreachableError(failure.reason, is_retryable=not failure.is_timeout)
    return ApiError("", failure.reason, "", failure.status, retry_after_s=failure.retry_after_s)
