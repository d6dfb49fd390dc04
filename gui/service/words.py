"""What the tab on the cluster says, as pure functions."""

from dataclasses import dataclass
from datetime import datetime

from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.words import as_sentence
from gui.service.command import Command
from gui.service.facts import ModelFacts
from gui.service.figures import WINDOW_S, Growth, Point, find_quantile_ms
from gui.service.reading import ANSWER, STAGES
from gui.service.state import ServiceState, Task

NOT_TOLD = "-"
_STAGE_WORDS = {
    "queue": "Waits for its turn",
    "decode": "Reads the photo",
    "infer": "Asks the model",
    ANSWER: "The whole answer",
}
_MIN_SEEN_PERCENT = 0.1
_MANY_FAILED_PERCENT = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure: what it is, the figure, and a word on it."""

    label: str
    value: str
    note: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """A stage, the time within which half of the photos pass it, and 19 of 20."""

    name: str
    half: str
    most: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Why there are no figures, and what to do."""

    title: str
    text: str


def find_notice(state: ServiceState, server: ServerStatus) -> Notice | None:
    """Return what stands in place of the figures; None if there are figures."""
    if not server.url:
        return Notice(
            title="No server is chosen",
            text="Photos are diagnosed on this laptop alone, so there is no cluster to look at. "
            "Choose a server on the tab Settings.",
        )
    match server.mode:
        case ServerMode.CHECKING:
            return Notice(title="Looking for the server ...", text=server.url)
        case ServerMode.OFFLINE:
            return Notice(
                title="The server does not answer",
                text=f"{server.advice or ''} Photos are diagnosed on this laptop meanwhile.",
            )
        case ServerMode.ONLINE | ServerMode.REFUSING:
            return _find_wait(state, server)


def _find_wait(state: ServiceState, server: ServerStatus) -> Notice | None:
    if state.url == server.url and state.points:
        return None
    if state.url == server.url and state.missed is not None:
        return Notice(title="The server tells no figures", text=as_sentence(state.missed))
    return Notice(title="Reading the first figures ...", text="This takes a few seconds.")


def list_tiles(point: Point | None) -> tuple[Tile, ...]:
    """Return the figures of the last half minute, six of them."""
    if point is None:
        return ()
    gauges = point.gauges
    has_requests = point.half_ms is not None
    return (
        Tile(
            label="Replicas that answer",
            value=_say_count(gauges.replicas),
            note=_say_wanted(gauges.replicas, gauges.wanted),
            is_bad=gauges.replicas == 0,
        ),
        Tile(
            label="Requests a second",
            value=say_rate(point.requests_per_s),
            note=f"last {WINDOW_S:.0f} seconds",
        ),
        Tile(
            label="Half are answered in",
            value=say_ms(point.half_ms),
            note=f"19 of 20 in {say_ms(point.most_ms)}" if has_requests else "no photo came",
        ),
        Tile(
            label="Failed",
            value=say_percent(point.failed_percent),
            note=f"refused {say_percent(point.refused_percent)}",
            is_bad=point.failed_percent >= _MANY_FAILED_PERCENT,
        ),
        Tile(
            label="Photos that wait",
            value=_say_count(gauges.waiting),
            note="for their turn",
        ),
        Tile(
            label="Processor",
            value=say_percent(gauges.cpu_percent),
            note=f"memory {say_percent(gauges.memory_percent)}"
            if gauges.memory_percent is not None
            else "not told here",
        ),
    )


def list_stages(recent: tuple[Growth, ...]) -> tuple[StageTimes, ...]:
    """Return where the time of an answer goes, its stages first."""
    return tuple(
        StageTimes(
            name=_STAGE_WORDS[stage],
            half=say_ms(find_quantile_ms(recent, stage, 0.5)),
            most=say_ms(find_quantile_ms(recent, stage, 0.95)),
        )
        for stage in (*STAGES, ANSWER)
    )


def say_readiness(state: ServiceState) -> str:
    """Return whether the model answers."""
    if state.is_ready is None:
        return "Looking at the model ..."
    if state.is_ready:
        return "Ready: it has just answered a test."
    return as_sentence(state.not_ready or "it does not answer")


def say_since(facts: ModelFacts, now: datetime) -> str:
    """Return how long the model has answered."""
    minutes = max(0, round((now - facts.since).total_seconds() / 60))
    if minutes < 2:
        return "In use since a moment ago"
    if minutes < 120:
        return f"In use for {minutes} minutes"
    if minutes < 48 * 60:
        return f"In use for {minutes // 60} hours"
    return f"In use for {minutes // (24 * 60)} days"


def say_drift(facts: ModelFacts) -> str:
    """Return how far today's photos are from those that the model was judged on."""
    if facts.drift is None:
        return "How today's photos differ from those it was tested on is not measured here."
    lead = (
        "Today's photos differ much from those it was tested on"
        if facts.is_drift_strong
        else ("Today's photos compared with those it was tested on")
    )
    return as_sentence(f"{lead}: {facts.drift}")


def say_candidate(facts: ModelFacts) -> str:
    """Return which model is on trial; empty if none is."""
    if facts.candidate is None:
        return ""
    return f"On trial: {facts.candidate}, with {say_percent(facts.canary_percent)} of the answers."


def say_task(task: Task) -> str:
    """Return how the command goes."""
    is_start = task.command is Command.START
    if task.is_running:
        return "Starting; the first time takes minutes ..." if is_start else "Stopping ..."
    if task.status == 0:
        return "It is started." if is_start else "It is stopped."
    what = "It did not start" if is_start else "It did not stop"
    return f"{what}: the last lines say why."


def say_rate(requests_per_s: float) -> str:
    """Return requests a second, with a digit where it matters."""
    if requests_per_s >= 10 or requests_per_s == 0:
        return f"{requests_per_s:.0f}"
    return f"{requests_per_s:.1f}" if requests_per_s >= 0.1 else "< 0.1"


def say_ms(duration_ms: float | None) -> str:
    """Return a time as people read it."""
    if duration_ms is None:
        return NOT_TOLD
    if duration_ms >= 1000:
        return f"{duration_ms / 1000:.1f} s"
    return f"{duration_ms:.0f} ms" if duration_ms >= 1 else "< 1 ms"


def say_percent(percent: float | None) -> str:
    """Return a share as people read it; never a false 0."""
    if percent is None:
        return NOT_TOLD
    if 0 < percent < _MIN_SEEN_PERCENT:
        return "< 0.1 %"
    return f"{percent:.1f} %" if 0 < percent < 1 else f"{percent:.0f} %"


def _say_count(count: float | None) -> str:
    return NOT_TOLD if count is None else f"{count:.0f}"


def _say_wanted(replicas: float | None, wanted: float | None) -> str:
    if wanted is None:
        return "with the model"
    if replicas is not None and wanted > replicas:
        return f"{wanted:.0f} wanted, more are starting"
    return f"{wanted:.0f} wanted"
