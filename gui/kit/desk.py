"""What the work of a tab is given, and what it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from gui.kit.tabs import TabView
from gui.kit.workers import Job

EventT_contra = TypeVar("EventT_contra", contravariant=True)
StateT_contra = TypeVar("StateT_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(Generic[EventT_contra]):
    """The ways back to the window's thread, open to any thread.

    ``hand_over`` lets the window's thread run a job before its next frame: arrays are no part of
    the state. ``report_crash`` tells the user of an error that nobody foresaw.
    """

    post: Callable[[EventT_contra], None]
    hand_over: Callable[[Job], None]
    report_crash: Callable[[Exception], None]


class Work(Protocol[EventT_contra, StateT_contra]):
    """The work behind one tab: starts jobs when the state asks for them.

    ``start``, ``follow`` and ``close`` are called by the window's thread.
    """

    def start(self) -> None:
        """Start the threads; called once, after the first frame."""
        ...

    def follow(
        self,
        event: EventT_contra | None,
        before: TabView[StateT_contra],
        after: TabView[StateT_contra],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for; never blocks.

        ``event`` is None where another part of the window has changed.
        """
        ...

    def close(self) -> None:
        """End the threads within half a second."""
        ...
