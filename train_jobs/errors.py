"""What ends a training run, in words for people."""

import errno
import os
import re
from collections.abc import Iterator

_RAISED = re.compile(r"^(?!ray\.)(?:\w+\.)*\w*(?:Error|Exception): (?P<message>.+)$", re.MULTILINE)

_FULL_DISK = os.strerror(errno.ENOSPC)
_FULL_DISK_ADVICE = (
    ". Free some space and run the same command again: it goes on from the newest checkpoint"
)


class TrainError(Exception):
    """A run that ended without a model; the message names the cause."""


def say_cause(error: BaseException) -> str:
    """Return what went wrong first, below the layers that Ray puts around it.

    What was raised in another process comes back as the text of its traceback, innermost first.
    """
    layers = list(_walk(error))
    raised = (_RAISED.search(str(layer)) for layer in layers)
    message = next((found["message"] for found in raised if found is not None), None)
    cause = message or str(layers[-1]).strip() or type(layers[-1]).__name__
    return cause + _FULL_DISK_ADVICE if _FULL_DISK in cause else cause


def _walk(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    inner: BaseException | None = error
    while inner is not None and id(inner) not in seen:
        seen.add(id(inner))
        yield inner
        failures = list(getattr(inner, "worker_failures", {}).values())
        inner = failures[0] if failures else getattr(inner, "cause", None) or inner.__cause__
