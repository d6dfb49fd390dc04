"""One photo of a set, and where its diagnosis stands."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gui.diagnose.answers import Advice, Diagnosis
from gui.kit.tones import Tone

# A strip of more is no longer read by eye, and every photo keeps a thumbnail in memory.
MAX_PHOTOS = 1000


class PhotoStatus(StrEnum):
    """Life of one photo."""

    QUEUED = "queued"
    DIAGNOSING = "diagnosing"
    DIAGNOSED = "diagnosed"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Nothing more will happen to the photo."""
        return self in (PhotoStatus.DIAGNOSED, PhotoStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One photo; ``diagnosis`` is set when DIAGNOSED, ``problem`` when FAILED.

    ``advice`` goes with the diagnosis; None for a class that has no page.
    """

    path: Path
    status: PhotoStatus = PhotoStatus.QUEUED
    diagnosis: Diagnosis | None = None
    advice: Advice | None = None
    problem: str | None = None

    @property
    def tone(self) -> Tone:
        """What its colour is."""
        if not self.status.is_terminal:
            return Tone.WAITING
        if self.diagnosis is None:
            return Tone.FAILED
        return Tone.KNOWN if self.diagnosis.is_known else Tone.UNKNOWN
