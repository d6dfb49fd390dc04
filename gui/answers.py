"""What the window learns from outside: a diagnosis, and how the server is.

Plain values without imports, so that the pure modules of this package can hold them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Who made a diagnosis."""

    SERVER = "server"
    LAPTOP = "laptop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One class with its probability."""

    class_name: str
    display_name: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The answer for one photo; ``top`` is sorted, most probable first, never empty.

    ``refusal_code`` and ``refusal_reason`` are set when the photo is not known.
    """

    top: tuple[Score, ...]
    plausible: tuple[str, ...]
    is_known: bool
    refusal_code: str | None
    refusal_reason: str | None
    model_version: str
    latency_ms: float
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some lines under a heading; never empty."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do about a diagnosis: ``lead`` in a sentence or two, the rest in ``sections``."""

    heading: str
    lead: str
    note: str = ""
    sections: tuple[Section, ...] = ()


class ServerMode(StrEnum):
    """What is known of the server."""

    CHECKING = "checking"
    ONLINE = "online"
    OFFLINE = "offline"
    REFUSING = "refusing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """The server as it was last seen; ``advice`` says what to do when it cannot be used."""

    mode: ServerMode
    url: str
    model_version: str | None = None
    advice: str | None = None
