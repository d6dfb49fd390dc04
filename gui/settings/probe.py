"""Looks at one server once and says in words how it is. Runs on workers."""

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from gui.settings.address import is_readable_on_the_way
from gui.settings.verdict import Verdict

if TYPE_CHECKING:
    from serve_app.client import ApiError, ServerUnreachableError

_TIMEOUT_S = 5.0
# Parts of the messages of the operating system and of OpenSSL, in small letters.
_CAUSES = (
    (
        ("name or service not known", "no address associated", "getaddrinfo", "nodename nor"),
        "There is no computer of this name. Look at the spelling, and whether this laptop is on "
        "the network.",
    ),
    (
        ("certificate",),
        "The server's certificate is not one that this laptop trusts, so nothing was sent. Ask who "
        "runs the server.",
    ),
    (
        ("ssl", "tls"),
        "The server does not speak https at this address. Try the same address with http://, or "
        "another port.",
    ),
    (
        ("refused",),
        "The computer is there, but nothing listens at this port. Is the service started (make "
        "run), and is the port right?",
    ),
    (
        ("unreachable", "no route"),
        "There is no way to this computer from here. Is this laptop on the right network?",
    ),
)
_SILENT = f"Nothing answered within {_TIMEOUT_S:.0f} seconds. Is the server running and reachable?"
_REFUSED_KEY = "The server is there, but it refuses this key. Enter the key again, or ask for one."
_NO_KEY = "The server is there, but it wants a key. Ask who runs it for one and enter it."
_NO_SERVICE = (
    "Something answers at this address, but it is no Leafray service that this window knows. Look "
    "at the address and the port, and that both have the same version."
)
_READABLE = " Beware: without https others on the network can read photos and key."


def probe_server(url: str, key: str | None) -> Verdict:
    """Ask the server for its model, with this key; takes seconds at most, never raises."""
    import httpx2

    from serve_app.client import ApiError, ClientError, LeafrayClient, ServerUnreachableError

    started_s = time.perf_counter()
    try:
        with LeafrayClient(url, key, timeout=httpx2.Timeout(_TIMEOUT_S), attempts=1) as client:
            model = client.get_model()
    except ServerUnreachableError as error:
        return Verdict(is_good=False, text=_say_unreachable(error))
    except ApiError as error:
        return Verdict(is_good=False, text=_say_refusal(error, has_key=key is not None))
    except ClientError as error:
        return Verdict(is_good=False, text=str(error))
    latency_ms = 1000 * (time.perf_counter() - started_s)
    warning = _READABLE if is_readable_on_the_way(url) else ""
    return Verdict(
        is_good=True,
        text=f"It works: model {model.model_version}, answered in {latency_ms:.0f} ms.{warning}",
    )


def _say_unreachable(error: "ServerUnreachableError") -> str:
    import httpx2

    if isinstance(error.__cause__, httpx2.TimeoutException):
        return _SILENT
    cause = str(error.__cause__ or "").lower()
    for parts, words in _CAUSES:
        if any(part in cause for part in parts):
            return words
    return str(error)


def _say_refusal(error: "ApiError", *, has_key: bool) -> str:
    match error.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return _REFUSED_KEY if has_key else _NO_KEY
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return f"The server is there, but cannot work yet: {error}"
        case _ if error.code == "unexpected_answer":
            return _NO_SERVICE
        case _:
            return str(error)
