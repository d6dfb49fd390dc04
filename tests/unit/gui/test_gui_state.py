"""The window's state: what all tabs share, and which part an event changes."""

from pathlib import Path

import pytest

from gui import events
from gui.diagnose import events as diagnose_events
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.tabs import Tab
from gui.settings import events as settings_events
from gui.state import create_state, update

URL = "http://127.0.0.1:8000"


def test_a_new_state_diagnoses_and_looks_for_the_server() -> None:
    state = create_state(URL)
    assert state.tab is Tab.DIAGNOSE
    assert state.server == ServerStatus(mode=ServerMode.CHECKING, url=URL)
    assert state.shown_problem is None
    assert not state.is_busy


def test_the_server_is_shown_as_reported() -> None:
    status = ServerStatus(mode=ServerMode.ONLINE, url=URL, model_version="v2")
    assert update(create_state(URL), events.ServerReported(status=status)).server == status


def test_a_look_at_another_server_ends_too_late() -> None:
    late = ServerStatus(mode=ServerMode.ONLINE, url="http://before", model_version="v1")
    assert update(create_state(URL), events.ServerReported(status=late)) == create_state(URL)


def test_another_server_is_looked_for_when_it_is_chosen() -> None:
    state = update(create_state(URL), settings_events.ServerChosen(name=None))
    assert state.server == ServerStatus(mode=ServerMode.CHECKING, url="")
    assert update(state, settings_events.WelcomeRequested()).server == state.server


@pytest.mark.parametrize("tab", list(Tab))
def test_a_tab_is_selected(tab: Tab) -> None:
    assert update(create_state(URL), events.TabSelected(tab=tab)).tab is tab


def test_an_event_of_a_tab_changes_its_part_alone() -> None:
    before = create_state(URL)
    after = update(before, diagnose_events.PathsRequested(paths=(Path("a"),)))
    assert after.diagnose.is_looking
    assert after.is_busy
    assert (after.tab, after.problem, after.dataset) == (before.tab, before.problem, before.dataset)


def test_the_windows_own_problem_comes_first_and_goes_first() -> None:
    state = update(create_state(URL), diagnose_events.ProblemFound(problem="no such folder"))
    state = update(state, events.ProblemReported(problem="crash"))
    assert state.shown_problem == "crash"
    state = update(state, events.ProblemDismissed())
    assert state.shown_problem == "no such folder"
    assert update(state, events.ProblemDismissed()).shown_problem is None


def test_a_tabs_problem_is_shown_and_dismissed_on_that_tab_alone() -> None:
    state = update(create_state(URL), diagnose_events.ProblemFound(problem="no such folder"))
    away = update(state, events.TabSelected(tab=Tab.DATASET))
    assert away.shown_problem is None
    back = update(update(away, events.ProblemDismissed()), events.TabSelected(tab=Tab.DIAGNOSE))
    assert back.shown_problem == "no such folder"
