"""What the tab shows: one frozen value, changed by the pure ``update``."""

from dataclasses import dataclass, replace

from gui.contribute import events


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributeState:
    """Nothing yet."""

    problem: str | None = None


def update(state: ContributeState, event: events.Event) -> ContributeState:
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.ProblemDismissed():
            return replace(state, problem=None)
