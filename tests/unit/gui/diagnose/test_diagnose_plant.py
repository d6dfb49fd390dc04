"""Several photos of one plant."""

from gui.diagnose import events, plant_events, set_words
from gui.diagnose.photos import PhotoStatus
from gui.diagnose.state import MAX_MARKED, DiagnoseState
from gui.diagnose.update import update
from gui.diagnose.views import View
from gui.diagnose.words import say_caption
from tests.unit.gui.diagnose.test_diagnose_state import ADVICE, DIAGNOSIS, make_state

MARK = plant_events.MarkToggled()
ASK = plant_events.PlantRequested()


def mark(state: DiagnoseState, *photo_idxs: int) -> DiagnoseState:
    for photo_idx in photo_idxs:
        state = update(state, events.PhotoSelected(photo_idx=photo_idx))
        state = update(state, MARK)
    return state


def test_marked_photos_get_one_answer_beside_the_set() -> None:
    state = mark(make_state(4), 2, 0)
    assert set_words.say_progress(state) == "2 marked as one plant"
    assert set_words.say_plant(state)
    state = update(state, ASK)
    assert state.exhibit is not None
    assert [path.name for path in state.exhibit.paths] == ["0.jpg", "2.jpg"]
    assert state.is_busy
    done = plant_events.PlantDiagnosed(number=1, diagnosis=DIAGNOSIS, advice=ADVICE)
    state = update(state, done)
    assert state.shown is not None
    assert (state.shown.diagnosis, state.shown.advice) == (DIAGNOSIS, ADVICE)
    assert say_caption(state).startswith("2 photos of one plant")
    state = update(state, events.ProblemDismissed())
    assert (state.exhibit, state.view) == (None, View.PHOTO)
    assert state.marked == {0, 2}


def test_one_photo_is_no_plant() -> None:
    state = mark(make_state(2), 1)
    assert set_words.say_plant(state) == ""
    assert update(state, ASK) == state


def test_a_mark_is_taken_away_by_the_same_key() -> None:
    assert mark(make_state(2), 1, 1).marked == frozenset()


def test_too_many_photos_are_said_and_not_marked() -> None:
    state = mark(make_state(MAX_MARKED + 1), *range(MAX_MARKED + 1))
    assert len(state.marked) == MAX_MARKED
    assert str(MAX_MARKED) in (state.problem or "")


def test_nothing_is_marked_where_no_photo_of_the_set_is_seen() -> None:
    table = update(make_state(2), events.ViewSelected(view=View.TABLE))
    assert update(table, MARK) == table
    assert update(DiagnoseState(), MARK) == DiagnoseState()


def test_a_plant_that_fails_says_why_and_late_answers_are_dropped() -> None:
    state = update(mark(make_state(2), 0, 1), ASK)
    late = plant_events.PlantFailed(number=0, problem="Late.")
    assert update(state, late) == state
    failed = update(state, plant_events.PlantFailed(number=1, problem="Cut off."))
    assert failed.shown is not None
    assert (failed.shown.status, failed.shown.problem) == (PhotoStatus.FAILED, "Cut off.")
    assert not failed.exhibit or failed.exhibit.is_prepared
    closed = update(state, events.ExhibitClosed())
    done = plant_events.PlantDiagnosed(number=1, diagnosis=DIAGNOSIS, advice=None)
    assert update(closed, done) == closed


def test_another_set_has_no_marks() -> None:
    state = mark(make_state(2), 0, 1)
    state = update(state, events.PathsRequested(paths=()))
    other = events.PhotosFound(lookup=state.lookup, paths=(state.photos[0].path,))
    assert update(state, other).marked == frozenset()
