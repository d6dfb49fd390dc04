"""How the server is, as the window last saw it."""

from dataclasses import dataclass
from enum import StrEnum


class ServerMode(StrEnum):
    """What is known of the server."""

    CHECKING = "checking"
    ONLINE = "online"
    OFFLINE = "offline"
    REFUSING = "refusing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """The server as it was last seen; ``advice`` says what to do when it cannot be used.

    ``url`` is empty, and the mode OFFLINE, where a person chose to work without one.
    """

    mode: ServerMode
    url: str
    model_version: str | None = None
    advice: str | None = None


def say_server(status: ServerStatus) -> str:
    """Return the server's state in a few words."""
    match status.mode:
        case ServerMode.CHECKING:
            return f"Looking for {_short_url(status.url)} ..."
        case ServerMode.ONLINE:
            model = f"  ·  model {status.model_version}" if status.model_version else ""
            return f"Online  ·  {_short_url(status.url)}{model}"
        case ServerMode.OFFLINE:
            if not status.url:
                return "No server  ·  diagnosing on this laptop"
            return "Offline  ·  diagnosing on this laptop"
        case ServerMode.REFUSING:
            return "Server refuses the key  ·  diagnosing on this laptop"


def _short_url(url: str) -> str:
    return url.removeprefix("http://").removesuffix("/")
