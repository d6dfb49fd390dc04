"""One window's work: holds the state, turns events into jobs, and jobs' answers into events.

Knows nothing of Dear PyGui: the window calls ``collect`` once a frame, tests call it in a loop.
All methods belong to one thread; only ``post`` may be called from any.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gui import events
from gui.contribute.work import ContributeWork
from gui.dataset.work import DatasetWork
from gui.diagnose.diagnosis import Diagnoser
from gui.diagnose.work import DiagnoseWork
from gui.kit.connection import Connection
from gui.kit.desk import Desk, Work
from gui.kit.server_status import ServerStatus
from gui.kit.tabs import Tab
from gui.kit.words import say_crash
from gui.kit.workers import Inbox, Job
from gui.retrain.work import RetrainWork
from gui.server_watch import ServerReport, ServerWatch
from gui.service.work import ServiceWork
from gui.settings.work import SettingsWork, Shelf
from gui.state import AppState, update

_MAX_ITEMS_A_FRAME = 64


class Session:
    """The state and the work behind it."""

    def __init__(
        self,
        state: AppState,
        connection: Connection,
        create_diagnoser: Callable[[Callable[[ServerStatus], None]], Diagnoser],
        *,
        shelf: Shelf | None = None,
        history_path: Path | None = None,
    ) -> None:
        """Take the first state, the server, and what makes the diagnoser from a sink of reports.

        ``shelf`` is where settings are kept; None: where this person's are. ``history_path`` is
        where answers are remembered; None: they are not.
        """
        self.state = state
        self.inbox: Inbox[events.Event | Job] = Inbox()
        self._connection = connection
        report = ServerReport(self.post)
        diagnoser = create_diagnoser(report)
        self.diagnose = DiagnoseWork(
            self._open_desk(), diagnoser, connection, history_path=history_path
        )
        self.dataset = DatasetWork(self._open_desk(), connection)
        self.contribute = ContributeWork(self._open_desk(), connection)
        self.retrain = RetrainWork(self._open_desk(), connection)
        self.service = ServiceWork(self._open_desk(), connection)
        self.settings = SettingsWork(self._open_desk(), connection, shelf)
        self._server_watch = ServerWatch(
            diagnoser.check_server, report, report_crash=self._report_crash
        )

    def start(self) -> None:
        """Start the threads; apart from the making, so that the window comes first."""
        for work in self._works.values():
            work.start()
        self._server_watch.start()

    def close(self) -> None:
        """End the threads; a request under way is left behind."""
        self.inbox.set_wake(None)
        self._server_watch.close()
        for work in self._works.values():
            work.close()
        self._connection.close()

    def post(self, event: events.Event) -> None:
        """Hand an event over, from any thread."""
        self.inbox.put(event)

    def collect(self) -> bool:
        """Take in what has come since the last call; True if anything did."""
        items = self.inbox.drain(_MAX_ITEMS_A_FRAME)
        for item in items:
            if callable(item):
                item()
            else:
                self._apply(item)
        return bool(items)

    @property
    def _works(self) -> Mapping[Tab, Work[Any, Any]]:
        return {
            Tab.DIAGNOSE: self.diagnose,
            Tab.DATASET: self.dataset,
            Tab.CONTRIBUTE: self.contribute,
            Tab.RETRAIN: self.retrain,
            Tab.SERVICE: self.service,
            Tab.SETTINGS: self.settings,
        }

    def _open_desk(self) -> Desk[Any]:
        return Desk(post=self.post, hand_over=self.inbox.put, report_crash=self._report_crash)

    def _report_crash(self, error: Exception) -> None:
        self.post(events.ProblemReported(problem=say_crash(error)))

    def _apply(self, event: events.Event) -> None:
        before, self.state = self.state, update(self.state, event)
        after = self.state
        for tab, work in self._works.items():
            own = event if isinstance(event, events.EVENTS_OF[tab]) else None
            work.follow(own, before.view(tab), after.view(tab))
        # Last, when the connection talks to the server that was chosen.
        if _to_server(after) != _to_server(before):
            self._server_watch.look_anew()


def _to_server(state: AppState) -> tuple[str, int]:
    """Return what decides how the server answers: its address, and the key of the moment."""
    return state.server.url, state.settings.key_count
