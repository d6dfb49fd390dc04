"""Several photos of one plant: marked in the set, answered as one."""

from dataclasses import replace
from typing import assert_never

from gui.diagnose import plant_events as events
from gui.diagnose.exhibit import Exhibit, answer, fail, open_plant
from gui.diagnose.state import MAX_MARKED, MIN_MARKED, DiagnoseState
from gui.diagnose.views import View

_TOO_MANY = (
    f"One plant takes {MAX_MARKED} photos at most. Take the mark from another photo first (M)."
)


def update(state: DiagnoseState, event: events.PlantEvent) -> DiagnoseState:
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.MarkToggled():
            return _toggle(state)
        case events.PlantRequested():
            return _open(state)
        case events.PlantDiagnosed():
            exhibit = _find(state, event.number)
            if exhibit is None:
                return state
            return replace(state, exhibit=answer(exhibit, event.diagnosis, event.advice))
        case events.PlantFailed():
            exhibit = _find(state, event.number)
            return (
                state if exhibit is None else replace(state, exhibit=fail(exhibit, event.problem))
            )
        case _:
            assert_never(event)


def _toggle(state: DiagnoseState) -> DiagnoseState:
    if state.selected_idx is None or state.exhibit is not None or state.view is not View.PHOTO:
        return state
    marked = state.marked ^ {state.selected_idx}
    if len(marked) > MAX_MARKED:
        return replace(state, problem=_TOO_MANY)
    return replace(state, marked=marked)


def _open(state: DiagnoseState) -> DiagnoseState:
    if len(state.marked) < MIN_MARKED or state.exhibit is not None:
        return state
    number = state.num_exhibits + 1
    paths = tuple(state.photos[idx].path for idx in sorted(state.marked))
    return replace(state, exhibit=open_plant(paths, number), num_exhibits=number, view=View.PHOTO)


def _find(state: DiagnoseState, number: int) -> Exhibit | None:
    """Return the exhibit if it is the plant that an answer belongs to."""
    exhibit = state.exhibit
    return exhibit if exhibit is not None and exhibit.number == number and exhibit.paths else None
