"""What comes back for a photo: plain values that the pure modules can hold."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


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

    ``refusal_code`` and ``refusal_reason`` are set when the photo is not known. ``request_id`` is
    how the server remembers the photo; a laptop's answer has none.
    """

    top: tuple[Score, ...]
    plausible: tuple[str, ...]
    is_known: bool
    refusal_code: str | None
    refusal_reason: str | None
    model_version: str
    latency_ms: float
    origin: Origin
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an explanation explains: one answer for one photo."""

    path: Path
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A training photo that the model finds alike; ``similarity`` is 1 for the same photo.

    ``sha256`` names it where photos are stored; an older model does not know it.
    """

    display_name: str
    similarity: float
    sha256: str | None = None


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
