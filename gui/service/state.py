"""What the tab shows: one frozen value, changed by the pure ``update``."""

from dataclasses import dataclass, replace

from gui.service import events


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """Nothing yet."""

    problem: str | None = None


def update(state: ServiceState, event: events.Event) -> ServiceState:
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.ProblemDismissed():
            return replace(state, problem=None)
