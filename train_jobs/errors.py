"""What ends a training run, in words for people."""

import re
from collections.abc import Iterator

_RAISED = re.compile(r"^(?!ray\.)(?:\w+\.)*\w*(?:Error|Exception): (?P<message>.+)$", re.MULTILINE)


class TrainError(Exception):
    """A run that ended without a model; the message names the cause."""


def say_cause(error: BaseException) -> str:
    """Return what went wrong first, below the layers that Ray puts around it.

    What was raised in another process comes back as the text of its traceback, innermost first.
    """
    layers = list(_walk(error))
    for layer in layers:
        raised = _RAISED.search(str(layer))
        if raised is not None:
            return raised["message"]
    return str(layers[-1]).strip() or type(layers[-1]).__name__


def _walk(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    inner: BaseException | None = error
    while inner is not None and id(inner) not in seen:
        seen.add(id(inner))
        yield inner
        failures = list(getattr(inner, "worker_failures", {}).values())
        inner = failures[0] if failures else getattr(inner, "cause", None) or inner.__cause__
