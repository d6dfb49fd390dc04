"""What can happen to a set that is saved, as values."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ExportKind(StrEnum):
    """What a set is saved as; its value is the file's suffix."""

    CSV = ".csv"
    REPORT = ".html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequested:
    """The user saves the set; a file that is there already is not written over."""

    kind: ExportKind
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportProgressed:
    """So many photos are in the file."""

    num_written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFinished:
    """The file lies at ``path``."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFailed:
    """There is no file; ``problem`` says why and what to do."""

    problem: str


ExportEvent = ExportRequested | ExportProgressed | ExportFinished | ExportFailed
