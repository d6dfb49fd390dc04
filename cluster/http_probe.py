"""Small bounded HTTP calls to our own services on this machine.

``http.client`` and not the project's HTTP client: these calls are plain HTTP to 127.0.0.1, many
of them a second while something starts, and loading certificates for each costs 40 ms of CPU.
"""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PROBE_TIMEOUT_S = 5.0
_MAX_BODY_BYTES = 8 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status code and body of one call."""

    status_code: int
    body: bytes


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json_body: Any = None,
    timeout_s: float = PROBE_TIMEOUT_S,
) -> Answer | None:
    """Make one call; None where nobody answers in time."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    all_headers = {**(headers or {}), "Connection": "close"}
    body = None
    if json_body is not None:
        body = json.dumps(json_body).encode()
        all_headers["Content-Type"] = "application/json"
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=all_headers)
        response = connection.getresponse()
        return Answer(status_code=response.status, body=response.read(_MAX_BODY_BYTES))
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def is_ok(url: str, *, headers: Mapping[str, str] | None = None) -> bool:
    """Tell whether a GET is answered with 200."""
    answer = call("GET", url, headers=headers)
    return answer is not None and answer.status_code == http.HTTPStatus.OK


def wait_for(condition: Callable[[], bool], *, timeout_s: float, poll_s: float = 0.1) -> bool:
    """Ask again and again; return whether ``condition`` held before ``timeout_s``."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(poll_s)
    return True
