"""The cluster as a value: figures of one server, a bounded past, one command at a time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.service import events
from gui.service.command import Command
from gui.service.facts import ModelFacts
from gui.service.reading import Gauges
from gui.service.state import (
    MAX_GAP_S,
    MAX_LINES,
    MAX_POINTS,
    SPAN_S,
    ServiceState,
    Task,
    update,
)
from tests.unit.gui.service.pages import count_answers, create_reading

URL = "http://a"
FACTS = ModelFacts(version="v1", since=datetime(2026, 1, 1, tzinfo=UTC))
READY = ServiceState(can_run=True)


def read(time_s: float, ok: float = 0, *, url: str = URL) -> events.FiguresRead:
    reading = create_reading(time_s, count_answers(ok=ok), gauges=Gauges(replicas=1))
    return events.FiguresRead(url=url, reading=reading)


def go(state: ServiceState, *happened: events.Event) -> ServiceState:
    for event in happened:
        state = update(state, event)
    return state


def test_the_first_reading_is_where_counting_begins() -> None:
    state = go(ServiceState(), read(0.0, 1000))
    assert state.point is None
    state = go(state, read(2.0, 1040))
    assert state.point is not None
    assert state.point.requests_per_s == 20


def test_the_past_is_bounded_in_number_and_in_time() -> None:
    state = go(ServiceState(), *(read(float(idx), idx) for idx in range(2 * MAX_POINTS)))
    assert len(state.points) == MAX_POINTS
    slow = go(ServiceState(), *(read(50.0 * idx) for idx in range(40)))
    assert slow.points[-1].time_s - slow.points[0].time_s < SPAN_S
    assert len(slow.recent) == 1


def test_what_was_counted_while_nobody_looked_is_not_of_this_minute() -> None:
    state = go(ServiceState(), read(0.0), read(2.0, 10), read(2.0 + MAX_GAP_S + 1, 9000))
    assert state.points == ()
    assert state.reading is not None


def test_a_reading_from_before_the_last_one_draws_nothing() -> None:
    state = go(ServiceState(), read(0.0), read(4.0), read(4.0))
    assert len(state.points) == 1


def test_another_server_begins_anew() -> None:
    known = events.ModelTold(url=URL, facts=FACTS, is_ready=True)
    state = go(ServiceState(), read(0.0), read(2.0), known, read(4.0, url="http://b"))
    assert (state.url, state.points, state.facts, state.is_ready) == ("http://b", (), None, None)


def test_figures_that_do_not_come_are_said_until_they_come() -> None:
    missed = events.FiguresMissed(url=URL, problem="too slow")
    state = go(ServiceState(), read(0.0), read(2.0), missed)
    assert (state.missed, len(state.points)) == ("too slow", 1)
    assert go(state, read(4.0)).missed is None


def test_the_model_is_told_and_why_it_does_not_answer() -> None:
    told = events.ModelTold(url=URL, facts=FACTS, is_ready=False, problem="The model fails.")
    state = go(ServiceState(), told)
    assert (state.facts, state.is_ready, state.not_ready) == (FACTS, False, "The model fails.")


def test_starting_begins_at_once_and_its_lines_are_kept() -> None:
    state = go(READY, events.CommandWanted(command=Command.START))
    assert state.task == Task(command=Command.START)
    state = go(state, events.LinesPrinted(lines=("one", "x" * 1000)), events.LinesPrinted(lines=()))
    assert state.task is not None
    assert state.task.lines[0] == "one"
    assert len(state.task.lines[1]) < 1000
    ended = go(state, events.CommandEnded(status=1))
    assert ended.task is not None
    assert (ended.task.is_running, ended.task.status) == (False, 1)


def test_stopping_is_asked_about() -> None:
    asked = go(READY, events.CommandWanted(command=Command.STOP))
    assert (asked.asked, asked.task) == (Command.STOP, None)
    assert go(asked, events.CommandDropped()) == READY
    assert go(asked, events.ProblemDismissed()) == READY
    confirmed = go(asked, events.CommandConfirmed())
    assert (confirmed.asked, confirmed.task) == (None, Task(command=Command.STOP))


@pytest.mark.parametrize("can_run", [None, False])
def test_without_the_packages_nothing_is_started(can_run: bool | None) -> None:
    state = ServiceState(can_run=can_run)
    assert go(state, events.CommandWanted(command=Command.START)) == state


def test_one_command_at_a_time() -> None:
    state = go(READY, events.CommandWanted(command=Command.START))
    assert go(state, events.CommandWanted(command=Command.STOP)) == state
    assert go(state, events.CommandConfirmed()) == state


def test_a_problem_is_shown_until_it_is_dismissed() -> None:
    state = go(READY, events.ProblemFound(problem="no browser"))
    assert state.problem == "no browser"
    assert go(state, events.ProblemDismissed()) == READY


def test_what_is_for_the_work_alone_changes_nothing() -> None:
    assert go(READY, events.PageRequested(address=URL)) == READY


EVENTS = st.one_of(
    st.builds(read, st.floats(0, 2000), st.floats(0, 1e6), url=st.sampled_from([URL, "http://b"])),
    st.builds(events.FiguresMissed, url=st.just(URL), problem=st.just("slow")),
    st.builds(events.ModelTold, url=st.just(URL), facts=st.just(FACTS), is_ready=st.booleans()),
    st.builds(events.PackagesFound, can_run=st.booleans()),
    st.builds(events.CommandWanted, command=st.sampled_from(Command)),
    st.builds(events.LinesPrinted, lines=st.just(("line",) * 90)),
    st.builds(events.CommandEnded, status=st.sampled_from([0, 1, None])),
    st.sampled_from(
        [events.CommandConfirmed(), events.CommandDropped(), events.ProblemDismissed()]
    ),
)


@given(st.lists(EVENTS, max_size=40))
def test_in_any_order_the_past_is_bounded_and_points_follow_each_other(
    happened: list[events.Event],
) -> None:
    state = go(ServiceState(), *happened)
    times = [point.time_s for point in state.points]
    assert times == sorted(times)
    assert len(times) <= MAX_POINTS
    assert state.task is None or len(state.task.lines) <= MAX_LINES
    assert not (state.asked and state.is_working)
