"""What the diagnosing tab shows: one frozen value, changed by the pure ``update``."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

from gui.diagnose import events
from gui.diagnose.answers import Advice, Diagnosis
from gui.diagnose.export import Export
from gui.diagnose.export import update as update_export
from gui.diagnose.export_events import ExportEvent
from gui.diagnose.heat import Heat, HeatStatus, ask_for
from gui.diagnose.heat import update as update_heat
from gui.diagnose.heat_events import HeatEvent
from gui.diagnose.photos import MAX_PHOTOS, Photo, PhotoStatus
from gui.diagnose.table import Sort
from gui.diagnose.table_events import TableSorted
from gui.diagnose.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseState:
    """Photos and their answers.

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
    export: Export = field(default_factory=Export)

    @property
    def selected(self) -> Photo | None:
        """The photo on show."""
        return None if self.selected_idx is None else self.photos[self.selected_idx]

    @property
    def num_done(self) -> int:
        """How many photos have an answer or a reason."""
        return sum(photo.status.is_terminal for photo in self.photos)

    @property
    def is_busy(self) -> bool:
        """Work is under way that the user waits for."""
        is_explaining = self.heat.is_on and self.heat.status is HeatStatus.ASKED
        is_at_work = self.is_looking or is_explaining or self.export.is_running
        return is_at_work or self.num_done < len(self.photos)


def update(state: DiagnoseState, event: events.Event) -> DiagnoseState:
    """Return the state after ``event``; late answers leave it as it is."""
    if isinstance(event, HeatEvent):
        state = replace(state, heat=update_heat(state.heat, event))
    elif isinstance(event, ExportEvent):
        state = replace(state, export=update_export(state.export, event))
    elif isinstance(event, TableSorted):
        state = replace(state, sort=event.sort)
    else:
        state = _update_photos(state, event)
    return replace(state, heat=ask_for(state.heat, state.selected))


def _update_photos(state: DiagnoseState, event: events.PhotoEvent) -> DiagnoseState:  # noqa: C901 (one case an event)
    match event:
        case events.PathsRequested():
            return replace(state, lookup=state.lookup + 1, is_looking=True, problem=None)
        case events.PhotosFound():
            return _show_found(state, event)
        case events.PhotosAppeared():
            return _append(state, event)
        case events.WatchRequested():
            return replace(state, watched_dir=event.folder, problem=None)
        case events.DiagnosisStarted():
            return _put(state, event, status=PhotoStatus.DIAGNOSING)
        case events.DiagnosisFinished():
            return _put(
                state,
                event,
                status=PhotoStatus.DIAGNOSED,
                diagnosis=event.diagnosis,
                advice=event.advice,
            )
        case events.DiagnosisFailed():
            return _put(state, event, status=PhotoStatus.FAILED, problem=event.problem)
        case events.PhotoSelected():
            return _select(state, event.photo_idx)
        case events.SelectionMoved():
            return _select(state, (state.selected_idx or 0) + event.step)
        case events.ViewSelected():
            return replace(state, view=event.view)
        case events.ProblemFound():
            return replace(state, problem=event.problem)
        case events.ProblemDismissed():
            return _dismiss(state)
        case _:
            assert_never(event)


def _show_found(state: DiagnoseState, event: events.PhotosFound) -> DiagnoseState:
    if event.lookup != state.lookup:
        return state
    if not event.paths:
        # A mistyped path must not cost the answers already on the screen.
        return replace(state, is_looking=False, problem=event.problem)
    paths = event.paths[:MAX_PHOTOS]
    return replace(
        state,
        is_looking=False,
        photos=tuple(Photo(path=path) for path in paths),
        selected_idx=0,
        generation=state.generation + 1,
        view=state.view if len(paths) > 1 else View.PHOTO,
        problem=event.problem or _too_many(len(event.paths)),
    )


def _append(state: DiagnoseState, event: events.PhotosAppeared) -> DiagnoseState:
    if event.folder != state.watched_dir:
        return state
    known = {photo.path for photo in state.photos}
    new = tuple(Photo(path=path) for path in event.paths if path not in known)
    room = MAX_PHOTOS - len(state.photos)
    if not new or room == 0:
        return state
    photos = state.photos + new[:room]
    # The newest photo is the one that was just taken.
    return replace(state, photos=photos, selected_idx=len(photos) - 1)


def _put(
    state: DiagnoseState,
    event: events.DiagnosisStarted | events.DiagnosisFinished | events.DiagnosisFailed,
    *,
    status: PhotoStatus,
    diagnosis: Diagnosis | None = None,
    advice: Advice | None = None,
    problem: str | None = None,
) -> DiagnoseState:
    if event.generation != state.generation or event.photo_idx >= len(state.photos):
        return state
    photo = replace(
        state.photos[event.photo_idx],
        status=status,
        diagnosis=diagnosis,
        advice=advice,
        problem=problem,
    )
    before, after = state.photos[: event.photo_idx], state.photos[event.photo_idx + 1 :]
    return replace(state, photos=(*before, photo, *after))


def _select(state: DiagnoseState, photo_idx: int) -> DiagnoseState:
    if not state.photos:
        return state
    return replace(state, selected_idx=min(max(photo_idx, 0), len(state.photos) - 1))


def _dismiss(state: DiagnoseState) -> DiagnoseState:
    """Clear the banner; with none, put a photo that failed away."""
    if state.problem is not None:
        return replace(state, problem=None)
    photo = state.selected
    if photo is None or photo.status is not PhotoStatus.FAILED or len(state.photos) > 1:
        return state
    return replace(state, photos=(), selected_idx=None, generation=state.generation + 1)


def _too_many(num_found: int) -> str | None:
    if num_found <= MAX_PHOTOS:
        return None
    return (
        f"These are {num_found} photos, and the window takes {MAX_PHOTOS} at a time. The first "
        f"{MAX_PHOTOS} are shown; open the rest afterwards, or diagnose them all with "
        "python -m models predict FOLDER --json"
    )
