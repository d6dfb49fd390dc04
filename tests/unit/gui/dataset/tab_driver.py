"""Stands for the window around the dataset tab: takes in what comes, without drawing."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from gui.dataset import events
from gui.dataset.state import DatasetState, update
from gui.dataset.work import DatasetWork
from gui.kit.connection import Connection
from gui.kit.desk import Desk
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.tabs import TabView
from gui.kit.workers import Inbox, Job

TIMEOUT_S = 30.0
NO_SERVER = "http://127.0.0.1:1"


class TabDriver:
    """The tab's state and its real work."""

    def __init__(
        self, connection: Connection | None = None, *, bundled_dir: Path, pictures_dir: Path
    ) -> None:
        """Start the threads; the tab is closed and the server not looked at yet."""
        connection = connection or Connection(NO_SERVER)
        self._is_awake = threading.Event()
        self._inbox: Inbox[events.Event | Job] = Inbox()
        self._inbox.set_wake(self._is_awake.set)
        self.crashes: list[Exception] = []
        self.happened: list[events.Event] = []
        self.view = TabView(
            part=DatasetState(),
            server=ServerStatus(mode=ServerMode.CHECKING, url=connection.url),
            is_open=False,
        )
        desk: Desk[events.Event] = Desk(
            post=self._inbox.put, hand_over=self._inbox.put, report_crash=self.crashes.append
        )
        self.work = DatasetWork(
            desk, connection, bundled_dir=bundled_dir, pictures_dir=pictures_dir
        )
        self.work.start()

    @property
    def state(self) -> DatasetState:
        """What the tab shows."""
        return self.view.part

    def open(self, *, is_open: bool = True) -> None:
        """Go to the tab, or away from it."""
        self._step(None, TabView(part=self.state, server=self.view.server, is_open=is_open))

    def report(self, mode: ServerMode, *, model_version: str | None = None) -> None:
        """Let the window say how the server is."""
        server = ServerStatus(mode=mode, url=self.view.server.url, model_version=model_version)
        self._step(None, TabView(part=self.state, server=server, is_open=self.view.is_open))

    def post(self, event: events.Event) -> None:
        """Let something happen."""
        self._inbox.put(event)

    def collect(self) -> None:
        """Take in what has come."""
        for item in self._inbox.drain(100):
            if callable(item):
                item()
                continue
            self.happened.append(item)
            part = update(self.state, item)
            view = TabView(part=part, server=self.view.server, is_open=self.view.is_open)
            self._step(item, view)

    def wait(self, is_done: Callable[[DatasetState], bool]) -> DatasetState:
        """Take in what comes until the state is as it should be."""
        deadline_s = time.monotonic() + TIMEOUT_S
        self.collect()
        while not is_done(self.state):
            assert time.monotonic() < deadline_s, self.happened
            self._is_awake.wait(0.5)
            self._is_awake.clear()
            self.collect()
        assert not self.crashes
        return self.state

    def wait_for_load(self) -> DatasetState:
        """Wait until what was asked for last is there, or cannot be."""
        self.collect()
        return self.wait(lambda state: state.request > 0 and not state.is_loading)

    def _step(self, event: events.Event | None, after: TabView[DatasetState]) -> None:
        before, self.view = self.view, after
        self.work.follow(event, before, after)
