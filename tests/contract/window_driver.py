"""The window's session without a window: takes in what comes, and draws nothing."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from gui import events
from gui.diagnose.answers import Diagnosis
from gui.diagnose.diagnosis import DiagnosisError
from gui.diagnose.explanation import Explanation
from gui.kit.connection import Connection
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.tabs import Tab
from gui.session import Session
from gui.state import AppState, create_state

TIMEOUT_S = 60.0


class NoDiagnoser:
    """No photo is diagnosed here; the server is looked at as by the real one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def diagnose(self, image_bytes: bytes, image: object) -> Diagnosis:
        raise DiagnosisError("not here")

    def diagnose_plant(self, photos: object, images: object) -> Diagnosis:
        raise DiagnosisError("not here")

    def explain(self, image_bytes: bytes, image: object, diagnosis: Diagnosis) -> Explanation:
        raise DiagnosisError("not here")

    def check_server(self) -> ServerStatus:
        return self._connection.check()


class WindowDriver:
    """One session on a server, with a tab open."""

    def __init__(self, url: str, key_path: Path, tab: Tab) -> None:
        self.connection = Connection(url, key_path=key_path)
        self._is_awake = threading.Event()
        self.session = Session(
            create_state(url), self.connection, lambda _: NoDiagnoser(self.connection)
        )
        self.session.inbox.set_wake(self._is_awake.set)
        self.session.start()
        self.post(events.TabSelected(tab=tab))

    def post(self, event: events.Event) -> None:
        self.session.post(event)

    def wait_for_app(self, is_done: Callable[[AppState], bool]) -> AppState:
        """Return the first state on which ``is_done`` holds; fail after a minute."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while True:
            self.session.collect()
            state = self.session.state
            if is_done(state):
                return state
            assert time.monotonic() < deadline_s, state
            self._is_awake.wait(0.05)
            self._is_awake.clear()

    def wait_for_server(self, mode: ServerMode) -> None:
        self.wait_for_app(lambda state: state.server.mode is mode)

    def close(self) -> None:
        self.session.close()
        self.connection.get_client().close()
