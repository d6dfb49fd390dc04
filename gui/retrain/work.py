"""The work behind the tab on a better model."""

from gui.kit.connection import Connection
from gui.kit.desk import Desk
from gui.kit.tabs import TabView
from gui.retrain import events
from gui.retrain.state import RetrainState


class RetrainWork:
    """Turns what is asked of the tab into jobs."""

    def __init__(self, desk: Desk[events.Event], connection: Connection) -> None:
        """Take where answers go, and the server; nothing runs yet."""
        self._desk = desk
        self._connection = connection

    def start(self) -> None:
        """Start the threads."""

    def follow(
        self,
        event: events.Event | None,
        before: TabView[RetrainState],
        after: TabView[RetrainState],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for."""

    def close(self) -> None:
        """End the threads."""
