"""The tab's state: every event, in any order."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gui.dataset import events
from gui.dataset.state import DatasetState, update
from gui.dataset.views import CHOICES, Choice, View
from tests.unit.gui.dataset.summary_values import make_counts, make_material, make_summary

SUMMARY = make_summary(
    counts=make_counts(("maize__healthy", "lab", "train", 3), ("apple__healthy", "lab", "val", 2))
)
MATERIAL = make_material(SUMMARY)
LOADED = replace(DatasetState(), request=1, material=MATERIAL)
SCREEN = events.ScreenTaken(path=Path("screen.png"), box=(0, 0, 1, 1))


def test_a_load_ends_with_its_own_answer_alone() -> None:
    state = update(DatasetState(), events.LoadStarted(request=2))
    assert state.is_loading
    assert state.is_busy
    late = update(state, events.MaterialLoaded(request=1, material=MATERIAL))
    assert late == state
    assert update(state, events.LoadFailed(request=1, problem="late")) == state
    shown = update(state, events.MaterialLoaded(request=2, material=MATERIAL))
    assert shown.material is MATERIAL
    assert not shown.is_busy
    assert shown.crops == ("apple", "maize")


def test_a_load_that_fails_keeps_what_is_on_the_screen() -> None:
    state = update(LOADED, events.LoadStarted(request=2))
    failed = update(state, events.LoadFailed(request=2, problem="no server"))
    assert (failed.material, failed.problem, failed.is_loading) == (MATERIAL, "no server", False)
    assert update(failed, events.ProblemDismissed()).problem is None
    assert update(failed, events.RefreshRequested()).problem is None


def test_each_view_keeps_its_own_choice() -> None:
    state = update(LOADED, events.ChoiceMade(choice=Choice.CLASSES_BY_SOURCE))
    state = update(state, events.ViewChosen(view=View.LOOKS))
    assert state.choice is Choice.SIZE
    # A list of the view before may answer late.
    assert update(state, events.ChoiceMade(choice=Choice.RECALL)) == state
    back = update(state, events.ViewMoved(step=-1))
    assert (back.view, back.choice) == (View.BALANCE, Choice.CLASSES_BY_SOURCE)
    assert update(back, events.ViewMoved(step=-1)).view is View.SKILL


def test_a_crop_stays_while_the_version_has_it() -> None:
    state = update(LOADED, events.CropChosen(crop="maize"))
    assert state.crop == "maize"
    assert update(state, events.CropChosen(crop="mango")) == state
    again = update(state, events.MaterialLoaded(request=1, material=make_material(SUMMARY)))
    assert again.crop == "maize"
    other = make_material(make_summary(counts=make_counts(("apple__healthy", "lab", "val", 2))))
    assert update(state, events.MaterialLoaded(request=1, material=other)).crop is None
    assert update(state, events.CropChosen(crop=None)).crop is None


def test_a_version_without_a_summary_has_no_crops() -> None:
    assert replace(LOADED, material=make_material(None)).crops == ()
    assert DatasetState().crops == ()


def test_what_is_pointed_at_belongs_to_the_picture() -> None:
    state = update(LOADED, events.MarkPointedAt(mark=3))
    assert state.mark == 3
    assert update(state, events.PhotosBrought()).num_brought == 1
    for event in (
        events.ViewMoved(step=1),
        events.ChoiceMade(choice=Choice.CLASSES_BY_SPLIT),
        events.CropChosen(crop="maize"),
        events.SaveRequested(),
        events.MaterialLoaded(request=1, material=MATERIAL),
    ):
        assert update(state, event).mark is None


def test_a_picture_is_saved_once_and_says_where() -> None:
    assert update(DatasetState(), events.SaveRequested()) == DatasetState()
    saving = update(LOADED, events.SaveRequested())
    assert saving.is_busy
    assert update(saving, SCREEN) == saving
    path = Path("picture.png")
    saved = update(saving, events.PictureSaved(path=path))
    assert (saved.saved, saved.is_saving) == (path, False)
    assert update(saved, events.ViewMoved(step=1)).saved is None
    failed = update(saving, events.SaveFailed(problem="disk full"))
    assert (failed.problem, failed.is_saving) == ("disk full", False)


def test_a_wanted_version_is_remembered() -> None:
    assert update(LOADED, events.VersionChosen(dataset_version="ds-old")).wanted == "ds-old"


any_event = st.one_of(
    st.builds(events.LoadStarted, request=st.integers(0, 3)),
    st.builds(events.MaterialLoaded, request=st.integers(0, 3), material=st.just(MATERIAL)),
    st.builds(events.LoadFailed, request=st.integers(0, 3), problem=st.just("no")),
    st.just(events.RefreshRequested()),
    st.builds(events.VersionChosen, dataset_version=st.sampled_from(["ds-1", "ds-2"])),
    st.builds(events.ViewChosen, view=st.sampled_from(View)),
    st.builds(events.ViewMoved, step=st.integers(-1, 1)),
    st.builds(events.ChoiceMade, choice=st.sampled_from(Choice)),
    st.builds(events.CropChosen, crop=st.sampled_from([None, "maize", "mango"])),
    st.builds(events.MarkPointedAt, mark=st.one_of(st.none(), st.integers(0, 5))),
    st.just(events.PhotosBrought()),
    st.just(events.SaveRequested()),
    st.just(SCREEN),
    st.just(events.PictureSaved(path=Path("a.png"))),
    st.just(events.SaveFailed(problem="no")),
    st.just(events.ProblemDismissed()),
)


@settings(deadline=None)
@given(st.lists(any_event, max_size=40))
def test_any_order_of_events_leaves_something_that_can_be_drawn(
    happened: list[events.Event],
) -> None:
    state = DatasetState()
    for event in happened:
        state = update(state, event)
        assert state.choice in CHOICES[state.view]
        assert state.crop is None or state.crop in state.crops
        assert not state.is_saving or state.material is not None
