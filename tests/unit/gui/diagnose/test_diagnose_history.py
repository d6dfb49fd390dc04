"""The page of the history that is on show, and photos of it that are looked at again."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gui.diagnose import events, history_events, history_words
from gui.diagnose.answers import Advice
from gui.diagnose.history import PAGE_SIZE, History, refresh, update
from gui.diagnose.history_events import Entry
from gui.diagnose.state import DiagnoseState
from gui.diagnose.update import update as update_tab
from gui.diagnose.views import View
from gui.diagnose.words import say_caption
from tests.unit.gui.diagnose.test_diagnose_state import DIAGNOSIS, make_state

AT = datetime(2026, 5, 3, 12, 2, tzinfo=UTC)
ENTRY = Entry(entry_id=7, path=Path("old.jpg"), at=AT, diagnosis=DIAGNOSIS)
ADVICE = Advice(heading="First step", lead="Act.")


def found(history: History, num_found: int = 1) -> history_events.HistoryFound:
    return history_events.HistoryFound(
        request=history.request, entries=(ENTRY,), num_found=num_found
    )


def test_it_is_asked_for_when_it_is_looked_at_and_again_when_it_changed() -> None:
    state = DiagnoseState()
    assert state.history.request == 0
    state = update_tab(state, events.ViewSelected(view=View.HISTORY))
    assert state.history.is_loading
    state = update_tab(state, found(state.history))
    assert (state.history.entries, state.history.is_loading) == ((ENTRY,), False)
    state = update_tab(state, events.ViewSelected(view=View.PHOTO))
    state = update_tab(state, history_events.HistoryChanged())
    assert not state.history.is_loading
    state = update_tab(state, events.ViewSelected(view=View.HISTORY))
    assert state.history.is_loading


def test_what_changes_while_an_answer_is_awaited_is_asked_for_once_after_it() -> None:
    history = refresh(History())
    for _ in range(5):
        history = refresh(update(history, history_events.HistoryChanged()))
    assert history.request == 1
    history = refresh(update(history, found(history)))
    assert history.request == 2


def test_a_search_begins_at_the_first_page_and_late_answers_are_dropped() -> None:
    history = refresh(History())
    history = update(history, found(history, num_found=3 * PAGE_SIZE))
    history = update(history, history_events.HistoryPaged(step=1))
    assert (history.page, history.is_loading) == (1, True)
    late = found(history, num_found=9)
    history = update(history, history_events.HistorySearched(text="rust"))
    assert (history.page, history.text) == (0, "rust")
    assert update(history, late) == history


def test_a_page_that_has_gone_is_left_for_the_last_one() -> None:
    history = refresh(History())
    history = update(history, found(history, num_found=3 * PAGE_SIZE))
    history = update(history, history_events.HistoryPaged(step=2))
    history = update(history, found(history, num_found=PAGE_SIZE + 1))
    assert (history.page, history.is_loading) == (1, True)


def test_a_file_that_cannot_be_used_is_said_until_it_can() -> None:
    history = refresh(History())
    history = update(history, history_events.HistoryFailed(problem="Disk full."))
    assert not history.is_loading
    assert history_words.say_history(history, None) == ("The history cannot be used", "Disk full.")
    assert update(history, history_events.HistoryChanged()).problem is None


HISTORY_EVENTS = st.one_of(
    st.builds(history_events.HistorySearched, text=st.text(max_size=300)),
    st.builds(history_events.HistoryPaged, step=st.integers(-3, 3)),
    st.builds(
        history_events.HistoryFound,
        request=st.integers(0, 6),
        entries=st.just((ENTRY,)),
        num_found=st.integers(0, 100),
    ),
    st.builds(history_events.HistoryFailed, problem=st.just("no")),
    st.just(history_events.HistoryChanged()),
    st.just(history_events.HistoryCleared()),
)


@given(st.lists(HISTORY_EVENTS, max_size=30))
def test_no_order_of_events_breaks_the_history(
    happened: list[history_events.HistoryEvent],
) -> None:
    history = History()
    for event in happened:
        history = refresh(update(history, event))
        assert 0 <= history.answered <= history.request
        assert history.page >= 0
        assert len(history.text) <= 200
        if not history.is_loading:
            assert history.page < history.num_pages


def open_entry(state: DiagnoseState) -> DiagnoseState:
    return update_tab(state, history_events.EntryOpened(entry=ENTRY))


def test_an_entry_is_shown_instead_of_the_set_and_the_set_stays() -> None:
    before = make_state(3)
    state = open_entry(before)
    assert state.view is View.PHOTO
    assert state.shown is not None
    assert state.shown.diagnosis == DIAGNOSIS
    assert state.photos == before.photos
    assert state.is_busy
    prepared = events.ExhibitPrepared(number=1, advice=ADVICE, problem="It is gone.")
    state = update_tab(state, prepared)
    assert state.shown is not None
    assert state.shown.advice == ADVICE
    assert say_caption(state) == "It is gone."
    state = update_tab(state, events.ProblemDismissed())
    assert (state.exhibit, state.view, state.shown) == (None, View.HISTORY, before.selected)


def test_what_is_prepared_for_an_older_entry_is_dropped() -> None:
    state = open_entry(open_entry(DiagnoseState()))
    late = events.ExhibitPrepared(number=1, advice=ADVICE, problem=None)
    assert update_tab(state, late) == state
    closed = update_tab(state, events.ExhibitClosed())
    now = events.ExhibitPrepared(number=2, advice=ADVICE, problem=None)
    assert update_tab(closed, now) == closed
    assert update_tab(DiagnoseState(), events.ExhibitClosed()) == DiagnoseState()


def test_going_on_in_the_set_closes_the_entry() -> None:
    state = open_entry(make_state(3))
    assert update_tab(state, events.SelectionMoved(step=1)).exhibit is None
    assert update_tab(state, events.ViewSelected(view=View.PHOTO)).exhibit is None
    paths = events.PhotosFound(lookup=state.lookup, paths=(Path("x.jpg"),))
    assert update_tab(state, paths).exhibit is None


def test_the_history_says_how_much_there_is_and_where() -> None:
    path = Path("home") / "history.db"
    headline, detail = history_words.say_history(History(num_found=30), path)
    assert headline == "30 photos"
    assert str(path) in detail
    assert history_words.say_history(History(num_found=1), path)[0] == "1 photo"
    assert history_words.say_history(History(), path)[0] == "Nothing yet"
    looked = History(num_found=2, text="rust")
    assert history_words.say_history(looked, path)[0] == "2 found"
    assert history_words.say_page(replace(looked, num_found=60, page=1)) == "Page 2 of 3"
    assert history_words.say_page(looked) == ""
    assert say_caption(open_entry(DiagnoseState())).startswith("old.jpg  ·  03 May 2026")
