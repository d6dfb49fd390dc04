"""What can happen to the history, as values.

Answers carry the ``request`` that asked: those to an older one are dropped.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gui.diagnose.answers import Diagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One photo that was diagnosed, and when."""

    entry_id: int
    path: Path
    at: datetime
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySearched:
    """The user looks for photos by file name or answer; an empty text finds all."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPaged:
    """The user goes ``step`` pages towards older entries, or back."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFound:
    """One page of entries, the newest first, and how many there are in all that fit."""

    request: int
    entries: tuple[Entry, ...]
    num_found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFailed:
    """The history cannot be used; ``problem`` says why and what to do."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChanged:
    """An entry was added, or all were taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCleared:
    """The user wants all entries gone, and was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOpened:
    """The user looks at an entry again."""

    entry: Entry


HistoryEvent = (
    HistorySearched
    | HistoryPaged
    | HistoryFound
    | HistoryFailed
    | HistoryChanged
    | HistoryCleared
    | EntryOpened
)
