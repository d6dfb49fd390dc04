"""What is known of the cluster: one frozen value, changed by the pure ``update``."""

from dataclasses import dataclass, replace
from typing import assert_never

from gui.service import events
from gui.service.command import Command
from gui.service.facts import ModelFacts
from gui.service.figures import Growth, Point, keep_recent, measure_growth, to_point
from gui.service.reading import Reading

# Ten minutes at a reading every 2 s.
MAX_POINTS = 300
SPAN_S = 600.0
# After so long without a reading what came before is another story.
MAX_GAP_S = 60.0
MAX_LINES = 200
_MAX_LINE_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A command that starts or stops the service here; ``status`` once it has ended."""

    command: Command
    lines: tuple[str, ...] = ()
    is_running: bool = True
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """The figures of the server at ``url``, the last minutes of them, and the service here.

    ``missed`` says why the last figures did not come. ``asked`` is a command that the user has
    still to confirm. ``can_run`` None: nobody has looked yet.
    """

    url: str = ""
    reading: Reading | None = None
    recent: tuple[Growth, ...] = ()
    points: tuple[Point, ...] = ()
    missed: str | None = None
    facts: ModelFacts | None = None
    is_ready: bool | None = None
    not_ready: str | None = None
    can_run: bool | None = None
    asked: Command | None = None
    task: Task | None = None
    problem: str | None = None

    @property
    def point(self) -> Point | None:
        """The newest figures."""
        return self.points[-1] if self.points else None

    @property
    def is_working(self) -> bool:
        """A command is under way."""
        return self.task is not None and self.task.is_running


def update(state: ServiceState, event: events.Event) -> ServiceState:  # noqa: C901 (one case an event)
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.FiguresRead():
            return _take_reading(_turn_to(state, event.url), event.reading)
        case events.FiguresMissed():
            return replace(_turn_to(state, event.url), missed=event.problem)
        case events.ModelTold():
            return replace(
                _turn_to(state, event.url),
                facts=event.facts,
                is_ready=event.is_ready,
                not_ready=event.problem,
            )
        case events.PackagesFound():
            return replace(state, can_run=event.can_run)
        case events.CommandWanted():
            return _want(state, event.command)
        case events.CommandConfirmed():
            return _begin(state, state.asked) if state.asked else state
        case events.CommandDropped():
            return replace(state, asked=None)
        case events.LinesPrinted():
            return _add_lines(state, event.lines)
        case events.CommandEnded():
            return _end_task(state, event.status)
        case events.ProblemFound():
            return replace(state, problem=event.problem)
        case events.ProblemDismissed():
            return _dismiss(state)
        case events.PageRequested():
            return state
        case _:
            assert_never(event)


def _turn_to(state: ServiceState, url: str) -> ServiceState:
    """Return the state with what is known of this server, nothing if it was another one."""
    if url == state.url:
        return state
    return replace(
        state,
        url=url,
        reading=None,
        recent=(),
        points=(),
        missed=None,
        facts=None,
        is_ready=None,
        not_ready=None,
    )


def _take_reading(state: ServiceState, reading: Reading) -> ServiceState:
    before, now_s = state.reading, reading.time_s
    state = replace(state, reading=reading, missed=None)
    if before is None or now_s - before.time_s > MAX_GAP_S:
        # What was counted since the service began, or while nobody looked, is not of this minute.
        return replace(state, recent=(), points=())
    if now_s <= before.time_s:
        return state
    recent = keep_recent((*state.recent, measure_growth(before, reading)), now_s=now_s)
    point = to_point(recent, reading.gauges, time_s=now_s)
    kept = tuple(old for old in state.points if old.time_s > now_s - SPAN_S)
    return replace(state, recent=recent, points=(*kept[-(MAX_POINTS - 1) :], point))


def _want(state: ServiceState, command: Command) -> ServiceState:
    if state.is_working or not state.can_run:
        return state
    if command is Command.STOP:
        return replace(state, asked=command)
    return _begin(state, command)


def _begin(state: ServiceState, command: Command) -> ServiceState:
    if state.is_working:
        return replace(state, asked=None)
    return replace(state, asked=None, task=Task(command=command), problem=None)


def _add_lines(state: ServiceState, lines: tuple[str, ...]) -> ServiceState:
    if state.task is None:
        return state
    shown = (*state.task.lines, *(line[:_MAX_LINE_CHARS] for line in lines))
    return replace(state, task=replace(state.task, lines=shown[-MAX_LINES:]))


def _end_task(state: ServiceState, status: int | None) -> ServiceState:
    if state.task is None:
        return state
    return replace(state, task=replace(state.task, is_running=False, status=status))


def _dismiss(state: ServiceState) -> ServiceState:
    """Clear the banner; with none, drop the question."""
    if state.problem is not None:
        return replace(state, problem=None)
    return replace(state, asked=None)
