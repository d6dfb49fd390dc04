"""The window's state: every event, and what comes too late."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.diagnose import events, export_events, heat_events, plant_events, table_events
from gui.diagnose.answers import Advice, Diagnosis, Origin, Score, Subject
from gui.diagnose.heat import HeatStatus
from gui.diagnose.photos import MAX_PHOTOS, PhotoStatus
from gui.diagnose.state import MAX_MARKED, DiagnoseState
from gui.diagnose.table import PAGE_SIZE, Column, Sort
from gui.diagnose.update import update
from gui.diagnose.views import View

DIAGNOSIS = Diagnosis(
    top=(
        Score(class_name="tomato__late_blight", display_name="Tomato: late blight", probability=1),
    ),
    plausible=("tomato__late_blight",),
    is_known=True,
    refusal_code=None,
    refusal_reason=None,
    model_version="v1",
    latency_ms=12.0,
    origin=Origin.LAPTOP,
)

ADVICE = Advice(heading="First step", lead="Act today.")


def make_state(num_photos: int) -> DiagnoseState:
    state = update(DiagnoseState(), events.PathsRequested(paths=(Path("folder"),)))
    paths = tuple(Path(f"{idx}.jpg") for idx in range(num_photos))
    return update(state, events.PhotosFound(lookup=state.lookup, paths=paths))


def test_a_new_state_is_empty() -> None:
    state = DiagnoseState()
    assert (state.photos, state.selected, state.is_busy) == ((), None, False)


def test_a_request_shows_that_it_is_looked_up_and_clears_the_old_problem() -> None:
    state = replace(DiagnoseState(), problem="old")
    state = update(state, events.PathsRequested(paths=(Path("a.jpg"),)))
    assert state.is_looking
    assert state.is_busy
    assert state.problem is None


def test_found_photos_wait_and_the_first_is_selected() -> None:
    state = make_state(3)
    assert [photo.status for photo in state.photos] == [PhotoStatus.QUEUED] * 3
    assert state.selected is state.photos[0]
    assert not state.is_looking


def test_a_mistyped_path_keeps_the_answers_on_the_screen() -> None:
    state = make_state(2)
    state = update(state, events.PathsRequested(paths=(Path("nowhere"),)))
    after = update(
        state, events.PhotosFound(lookup=state.lookup, paths=(), problem="it does not exist")
    )
    assert after.photos == state.photos
    assert after.generation == state.generation
    assert after.problem == "it does not exist"


def test_an_older_look_up_is_dropped() -> None:
    state = update(DiagnoseState(), events.PathsRequested(paths=(Path("slow"),)))
    late = state.lookup
    state = update(state, events.PathsRequested(paths=(Path("quick"),)))
    assert update(state, events.PhotosFound(lookup=late, paths=(Path("slow.jpg"),))) == state


def test_a_photo_is_diagnosed() -> None:
    state = make_state(2)
    where = {"generation": state.generation, "photo_idx": 1}
    state = update(state, events.DiagnosisStarted(**where))
    assert state.photos[1].status is PhotoStatus.DIAGNOSING
    state = update(state, events.DiagnosisFinished(**where, diagnosis=DIAGNOSIS, advice=ADVICE))
    assert state.photos[1].diagnosis == DIAGNOSIS
    assert state.photos[1].advice == ADVICE
    assert (state.num_done, state.is_busy) == (1, True)
    assert state.photos[0].status is PhotoStatus.QUEUED


def test_a_photo_fails_with_its_words_and_the_others_go_on() -> None:
    state = make_state(2)
    state = update(
        state,
        events.DiagnosisFailed(generation=state.generation, photo_idx=0, problem="Not an image."),
    )
    assert state.photos[0].status is PhotoStatus.FAILED
    assert state.photos[0].problem == "Not an image."
    assert state.photos[1].status is PhotoStatus.QUEUED
    assert state.problem is None


@pytest.mark.parametrize("photo_idx", [0, 1, 7])
def test_answers_of_an_older_set_are_dropped(photo_idx: int) -> None:
    state = make_state(2)
    old = state.generation - 1
    late = events.DiagnosisFinished(
        generation=old, photo_idx=photo_idx, diagnosis=DIAGNOSIS, advice=ADVICE
    )
    assert update(state, late) == state


def test_an_answer_for_a_photo_that_is_not_there_is_dropped() -> None:
    state = make_state(1)
    stray = events.DiagnosisStarted(generation=state.generation, photo_idx=1)
    assert update(state, stray) == state


def test_too_many_photos_are_cut_and_said() -> None:
    state = make_state(MAX_PHOTOS + 5)
    assert len(state.photos) == MAX_PHOTOS
    assert state.problem is not None
    assert str(MAX_PHOTOS + 5) in state.problem


def test_the_watched_folder_adds_new_photos_once_and_shows_the_newest() -> None:
    folder = Path("inbox")
    state = update(make_state(1), events.WatchRequested(folder=folder))
    news = events.PhotosAppeared(folder=folder, paths=(Path("0.jpg"), Path("new.jpg")))
    state = update(state, news)
    assert [photo.path.name for photo in state.photos] == ["0.jpg", "new.jpg"]
    assert state.selected_idx == 1
    assert update(state, news) == state


def test_photos_of_a_folder_no_longer_watched_are_dropped() -> None:
    state = make_state(1)
    news = events.PhotosAppeared(folder=Path("inbox"), paths=(Path("new.jpg"),))
    assert update(state, news) == state


def test_escape_clears_the_banner_first_and_then_a_single_failed_photo() -> None:
    state = make_state(1)
    state = update(
        state, events.DiagnosisFailed(generation=state.generation, photo_idx=0, problem="Bad.")
    )
    state = update(state, events.ProblemFound(problem="Folder gone."))
    state = update(state, events.ProblemDismissed())
    assert state.problem is None
    assert state.photos[0].problem == "Bad."
    after = update(state, events.ProblemDismissed())
    assert after.photos == ()
    assert after.generation > state.generation


def test_escape_leaves_a_diagnosis_alone() -> None:
    state = make_state(1)
    state = update(
        state,
        events.DiagnosisFinished(
            generation=state.generation, photo_idx=0, diagnosis=DIAGNOSIS, advice=ADVICE
        ),
    )
    assert update(state, events.ProblemDismissed()) == state


def test_a_single_photo_is_shown_as_such_and_a_set_in_the_view_that_is_open() -> None:
    state = update(make_state(3), events.ViewSelected(view=View.TABLE))
    state = update(state, events.PathsRequested(paths=(Path("more"),)))
    paths = (Path("1.jpg"), Path("2.jpg"))
    assert update(state, events.PhotosFound(lookup=state.lookup, paths=paths)).view is View.TABLE
    alone = update(state, events.PhotosFound(lookup=state.lookup, paths=paths[:1]))
    assert alone.view is View.PHOTO


def test_a_photo_is_kept_beside_those_that_are_looked_at_next() -> None:
    state = update(make_state(3), events.PhotoSelected(photo_idx=1))
    state = update(state, events.CompareToggled())
    state = update(state, events.SelectionMoved(step=1))
    assert state.compared is state.photos[1]
    assert state.shown is state.photos[2]
    table = update(state, events.ViewSelected(view=View.TABLE))
    assert table.compared is None
    assert update(table, events.ViewSelected(view=View.PHOTO)).compared is state.photos[1]
    assert update(state, events.CompareToggled()).compared is None
    alone = make_state(1)
    assert update(alone, events.CompareToggled()) == alone


def test_the_table_is_paged_and_begins_anew_when_it_is_sorted() -> None:
    state = make_state(2 * PAGE_SIZE + 1)
    for _ in range(5):
        state = update(state, table_events.TablePaged(step=1))
    assert state.table_page == 2
    by_file = table_events.TableSorted(sort=Sort(column=Column.FILE))
    assert update(state, by_file).table_page == 0
    assert update(state, table_events.TablePaged(step=-9)).table_page == 0
    assert update(DiagnoseState(), table_events.TablePaged(step=1)).table_page == 0


SUBJECTS = st.builds(
    Subject, path=st.sampled_from([Path("a"), Path("b")]), diagnosis=st.just(DIAGNOSIS)
)
INDICES = st.integers(min_value=-3, max_value=6)
GENERATIONS = st.integers(min_value=0, max_value=3)
EVENTS = st.one_of(
    st.builds(events.PathsRequested, paths=st.just((Path("x"),))),
    st.builds(
        events.PhotosFound,
        lookup=GENERATIONS,
        paths=st.lists(st.sampled_from([Path("a"), Path("b"), Path("c")]), unique=True).map(tuple),
        problem=st.none() | st.just("no"),
    ),
    st.builds(events.WatchRequested, folder=st.none() | st.just(Path("w"))),
    st.builds(events.PhotosAppeared, folder=st.just(Path("w")), paths=st.just((Path("d"),))),
    st.builds(events.DiagnosisStarted, generation=GENERATIONS, photo_idx=INDICES.map(abs)),
    st.builds(
        events.DiagnosisFinished,
        generation=GENERATIONS,
        photo_idx=INDICES.map(abs),
        diagnosis=st.just(DIAGNOSIS),
        advice=st.none() | st.just(ADVICE),
    ),
    st.builds(
        events.DiagnosisFailed,
        generation=GENERATIONS,
        photo_idx=INDICES.map(abs),
        problem=st.just("bad"),
    ),
    st.builds(events.PhotoSelected, photo_idx=INDICES),
    st.builds(events.SelectionMoved, step=INDICES),
    st.builds(events.ProblemDismissed),
    st.builds(events.ViewSelected, view=st.sampled_from(View)),
    st.builds(table_events.TablePaged, step=INDICES),
    st.builds(
        table_events.TableSorted,
        sort=st.none() | st.builds(Sort, column=st.sampled_from(Column)),
    ),
    st.builds(
        export_events.ExportRequested,
        kind=st.sampled_from(export_events.ExportKind),
        path=st.just(Path("out")),
    ),
    st.builds(export_events.ExportFinished, path=st.just(Path("out"))),
    st.builds(plant_events.MarkToggled),
    st.builds(plant_events.PlantRequested),
    st.builds(
        plant_events.PlantDiagnosed,
        number=GENERATIONS,
        diagnosis=st.just(DIAGNOSIS),
        advice=st.just(ADVICE),
    ),
    st.builds(plant_events.PlantFailed, number=GENERATIONS, problem=st.just("no")),
    st.builds(events.ExhibitClosed),
    st.builds(events.CompareToggled),
    st.builds(heat_events.HeatToggled),
    st.builds(heat_events.OpacityChanged, opacity=st.floats(-1, 2)),
    st.builds(heat_events.HeatFound, subject=SUBJECTS, references=st.just(())),
    st.builds(heat_events.PicturesFound, subject=SUBJECTS, pictured=st.just(frozenset("a"))),
    st.builds(heat_events.HeatFailed, subject=SUBJECTS, problem=st.just("no")),
)


def check_heat(state: DiagnoseState) -> None:
    """The heat map is of the photo on show, or there is none."""
    heat, shown = state.heat, state.shown
    assert 0 <= heat.opacity <= 1
    assert (heat.status is HeatStatus.NONE) == (heat.subject is None)
    if heat.is_on and heat.subject is not None:
        assert shown is not None
        assert (heat.subject.path, heat.subject.diagnosis) == (shown.path, shown.diagnosis)


@given(st.lists(EVENTS, max_size=30))
def test_no_order_of_events_breaks_the_state(happened: list[events.Event]) -> None:
    state = DiagnoseState()
    for event in happened:
        state = update(state, event)
        if state.photos:
            assert state.selected_idx is not None
            assert 0 <= state.selected_idx < len(state.photos)
        else:
            assert state.selected is None
        check_heat(state)
        assert len(state.marked) <= MAX_MARKED
        assert all(idx < len(state.photos) for idx in state.marked)
        assert state.compared_idx is None or state.compared_idx < len(state.photos)
        for photo in state.photos:
            assert (photo.diagnosis is not None) == (photo.status is PhotoStatus.DIAGNOSED)
            assert photo.advice is None or photo.diagnosis is not None
            assert (photo.problem is not None) == (photo.status is PhotoStatus.FAILED)
