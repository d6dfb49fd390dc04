"""How the diagnosing tab changes: the pure ``update``, one case an event."""

from dataclasses import replace
from typing import assert_never

from gui.diagnose import events
from gui.diagnose.answers import Advice, Diagnosis
from gui.diagnose.exhibit import open_entry, prepare
from gui.diagnose.export import update as update_export
from gui.diagnose.export_events import ExportEvent
from gui.diagnose.feedback import update as update_feedbacks
from gui.diagnose.feedback_events import FeedbackEvent
from gui.diagnose.heat import ask_for
from gui.diagnose.heat import update as update_heat
from gui.diagnose.heat_events import HeatEvent
from gui.diagnose.history import refresh
from gui.diagnose.history import update as update_history
from gui.diagnose.history_events import EntryOpened, HistoryEvent
from gui.diagnose.photos import MAX_PHOTOS, Photo, PhotoStatus
from gui.diagnose.plant import update as update_plant
from gui.diagnose.plant_events import PlantEvent
from gui.diagnose.state import DiagnoseState
from gui.diagnose.table import count_pages
from gui.diagnose.table_events import TablePaged, TableSorted
from gui.diagnose.views import View

_MIN_COMPARED = 2


def update(state: DiagnoseState, event: events.Event) -> DiagnoseState:
    """Return the state after ``event``; late answers leave it as it is."""
    if isinstance(event, HeatEvent):
        state = replace(state, heat=update_heat(state.heat, event))
    elif isinstance(event, ExportEvent):
        state = replace(state, export=update_export(state.export, event))
    elif isinstance(event, FeedbackEvent):
        state = replace(state, feedbacks=update_feedbacks(state.feedbacks, event))
    elif isinstance(event, HistoryEvent):
        state = _update_history(state, event)
    elif isinstance(event, PlantEvent):
        state = update_plant(state, event)
    elif isinstance(event, TableSorted):
        state = replace(state, sort=event.sort, table_page=0)
    elif isinstance(event, TablePaged):
        last_page = count_pages(len(state.photos)) - 1
        table_page = min(max(state.table_page + event.step, 0), last_page)
        state = replace(state, table_page=table_page)
    else:
        state = _update_photos(state, event)
    if state.view is View.HISTORY:
        state = replace(state, history=refresh(state.history))
    return replace(state, heat=ask_for(state.heat, state.shown))


def _update_history(state: DiagnoseState, event: HistoryEvent) -> DiagnoseState:
    if isinstance(event, EntryOpened):
        number = state.num_exhibits + 1
        exhibit = open_entry(event.entry, number)
        return replace(state, exhibit=exhibit, num_exhibits=number, view=View.PHOTO)
    return replace(state, history=update_history(state.history, event))


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
            return replace(state, view=event.view, exhibit=None)
        case events.CompareToggled():
            return _toggle_compared(state)
        case events.ExhibitPrepared():
            return _prepare_exhibit(state, event)
        case events.ExhibitClosed():
            return _close_exhibit(state)
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
        view=View.TABLE if len(paths) > 1 and state.view is View.TABLE else View.PHOTO,
        exhibit=None,
        marked=frozenset(),
        compared_idx=None,
        table_page=0,
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
    return replace(state, photos=photos, selected_idx=len(photos) - 1, exhibit=None)


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
    selected_idx = min(max(photo_idx, 0), len(state.photos) - 1)
    return replace(state, selected_idx=selected_idx, exhibit=None)


def _toggle_compared(state: DiagnoseState) -> DiagnoseState:
    if state.compared_idx is not None:
        return replace(state, compared_idx=None)
    if (
        state.view is not View.PHOTO
        or state.exhibit is not None
        or len(state.photos) < _MIN_COMPARED
    ):
        return state
    return replace(state, compared_idx=state.selected_idx)


def _prepare_exhibit(state: DiagnoseState, event: events.ExhibitPrepared) -> DiagnoseState:
    if state.exhibit is None or state.exhibit.number != event.number:
        return state
    return replace(state, exhibit=prepare(state.exhibit, event.advice, event.problem))


def _close_exhibit(state: DiagnoseState) -> DiagnoseState:
    if state.exhibit is None:
        return state
    view = View.HISTORY if state.exhibit.entry else View.PHOTO
    return replace(state, exhibit=None, view=view)


def _dismiss(state: DiagnoseState) -> DiagnoseState:
    """Clear the banner; with none, close the exhibit, or put a photo that failed away."""
    if state.problem is not None:
        return replace(state, problem=None)
    if state.exhibit is not None:
        return _close_exhibit(state)
    photo = state.selected
    if photo is None or photo.status is not PhotoStatus.FAILED or len(state.photos) > 1:
        return state
    return replace(
        state,
        photos=(),
        selected_idx=None,
        marked=frozenset(),
        compared_idx=None,
        table_page=0,
        generation=state.generation + 1,
    )


def _too_many(num_found: int) -> str | None:
    if num_found <= MAX_PHOTOS:
        return None
    return (
        f"These are {num_found} photos, and the window takes {MAX_PHOTOS} at a time. The first "
        f"{MAX_PHOTOS} are shown; open the rest afterwards, or diagnose them all with "
        "python -m models predict FOLDER --json"
    )
