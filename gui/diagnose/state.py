"""What the diagnosing tab shows: one frozen value, changed by the pure ``update``."""

from dataclasses import dataclass, field
from pathlib import Path

from gui.diagnose.exhibit import Exhibit
from gui.diagnose.export import Export
from gui.diagnose.feedback import Feedbacks
from gui.diagnose.heat import Heat, HeatStatus
from gui.diagnose.history import History
from gui.diagnose.photos import Photo
from gui.diagnose.table import Sort
from gui.diagnose.views import View

# How many photos of one plant the service takes in one request.
MIN_MARKED, MAX_MARKED = 2, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseState:
    """Photos and their answers; ``marked`` are those of one plant.

    ``compared_idx`` is a photo that is kept beside the one on show.

    ``generation`` counts sets of photos, ``lookup`` requests for a set; ``problem`` belongs to no
    photo and is shown until it is dismissed or the user tries again.
    """

    photos: tuple[Photo, ...] = ()
    selected_idx: int | None = None
    generation: int = 0
    lookup: int = 0
    is_looking: bool = False
    problem: str | None = None
    watched_dir: Path | None = None
    view: View = View.PHOTO
    heat: Heat = field(default_factory=Heat)
    sort: Sort | None = None
    table_page: int = 0
    export: Export = field(default_factory=Export)
    feedbacks: Feedbacks = ()
    history: History = field(default_factory=History)
    exhibit: Exhibit | None = None
    num_exhibits: int = 0
    marked: frozenset[int] = frozenset()
    compared_idx: int | None = None

    @property
    def shown(self) -> Photo | None:
        """The photo on show: the exhibit, else the selected one of the set."""
        return self.exhibit.photo if self.exhibit else self.selected

    @property
    def selected(self) -> Photo | None:
        """The photo of the set that the user is at."""
        return None if self.selected_idx is None else self.photos[self.selected_idx]

    @property
    def compared(self) -> Photo | None:
        """The photo beside the one on show, where photos are seen."""
        is_seen = self.view is View.PHOTO and self.exhibit is None
        return self.photos[self.compared_idx] if self.compared_idx is not None and is_seen else None

    @property
    def num_done(self) -> int:
        """How many photos have an answer or a reason."""
        return sum(photo.status.is_terminal for photo in self.photos)

    @property
    def is_busy(self) -> bool:
        """Work is under way that the user waits for."""
        is_explaining = self.heat.is_on and self.heat.status is HeatStatus.ASKED
        is_preparing = self.exhibit is not None and not self.exhibit.is_prepared
        is_at_work = self.is_looking or is_explaining or is_preparing or self.export.is_running
        return is_at_work or self.num_done < len(self.photos)
