"""Everything that can happen to a diagnosis, as values.

Events of a photo carry the ``generation`` of the set that it belongs to, and answers to a look-up
the ``lookup`` that asked: what arrives late for an older one is dropped by ``state.update``.
"""

from dataclasses import dataclass
from pathlib import Path

from gui.diagnose.answers import Advice, Diagnosis
from gui.diagnose.export_events import ExportEvent
from gui.diagnose.feedback_events import FeedbackEvent
from gui.diagnose.heat_events import HeatEvent
from gui.diagnose.history_events import HistoryEvent
from gui.diagnose.plant_events import PlantEvent
from gui.diagnose.table_events import TableEvent
from gui.diagnose.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class PathsRequested:
    """The user named files or folders to diagnose."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosFound:
    """A look-up ended: the photos to show, and in ``problem`` what could not be used."""

    lookup: int
    paths: tuple[Path, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosAppeared:
    """New photos lie in the watched folder."""

    folder: Path
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequested:
    """Watch this folder from now on; None ends it."""

    folder: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisStarted:
    """A worker took the photo up."""

    generation: int
    photo_idx: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisFinished:
    """The photo has its answer, and what to do about it."""

    generation: int
    photo_idx: int
    diagnosis: Diagnosis
    advice: Advice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisFailed:
    """The photo has none; ``problem`` says why and what to do."""

    generation: int
    photo_idx: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoSelected:
    """The user picked a photo of the strip."""

    photo_idx: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionMoved:
    """The user went ``step`` photos on (or back)."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSelected:
    """The user looks at the photo, at the table of all, or at the history."""

    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareToggled:
    """The user keeps the selected photo beside those that are looked at next, or ends that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitPrepared:
    """What to do about an exhibit is at hand; ``problem`` says why its photo is not."""

    number: int
    advice: Advice | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitClosed:
    """The user goes back to where the exhibit came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFound:
    """What the user named or watches cannot be used."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


PhotoEvent = (
    PathsRequested
    | PhotosFound
    | PhotosAppeared
    | WatchRequested
    | DiagnosisStarted
    | DiagnosisFinished
    | DiagnosisFailed
    | PhotoSelected
    | SelectionMoved
    | ViewSelected
    | CompareToggled
    | ExhibitPrepared
    | ExhibitClosed
    | ProblemFound
    | ProblemDismissed
)
Event = (
    PhotoEvent | HeatEvent | TableEvent | ExportEvent | FeedbackEvent | HistoryEvent | PlantEvent
)
