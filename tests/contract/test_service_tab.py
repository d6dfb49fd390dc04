"""The tab on the cluster against the real application, and the real command for the service."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gui.events import ServerReported, TabSelected
from gui.kit.connection import Connection, Target
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.tabs import Tab
from gui.service import events
from gui.service.command import Command
from gui.service.local_service import can_run, run_command
from gui.session import Session
from gui.settings.key_store import KeyStore
from gui.settings.work import Shelf
from gui.state import AppState, create_state
from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app.client import LeafrayClient
from tests.contract.conftest import Service

TIMEOUT_S = 30.0


class NoDiagnoser:
    """The tab needs none; the server is what the test says it is."""

    def __init__(self, status: ServerStatus) -> None:
        self.status = status

    def diagnose(self, image_bytes: bytes, image: object) -> object:
        raise AssertionError

    def check_server(self) -> ServerStatus:
        return self.status


class Driver:
    """Stands for the window: takes in what comes, without drawing."""

    def __init__(self, service: Service, folder: Path) -> None:
        connection = Connection(service.url)
        connection.use(Target(url=service.url, load_key=lambda: service.secret))
        self.diagnoser = NoDiagnoser(ServerStatus(mode=ServerMode.ONLINE, url=service.url))
        shelf = Shelf(
            preferences_path=folder / "settings.json", keys=KeyStore(folder / "keys.json")
        )
        self.session = Session(
            create_state(service.url),
            connection,
            lambda _report: self.diagnoser,  # type: ignore[arg-type, return-value]
            shelf=shelf,
        )
        self.session.start()

    def wait(self, is_done: Callable[[AppState], bool]) -> AppState:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not is_done(self.session.state):
            assert time.monotonic() < deadline_s, self.session.state.service
            time.sleep(0.01)
            self.session.collect()
        return self.session.state


@pytest.fixture
def driver(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("LEAFRAY_HOME", str(tmp_path / "home"))
    driver = Driver(service, tmp_path)
    yield driver
    driver.session.close()


def test_what_is_asked_of_the_server_is_seen_in_its_figures(
    driver: Driver, client: LeafrayClient
) -> None:
    driver.session.post(TabSelected(tab=Tab.SERVICE))
    driver.wait(lambda state: state.service.reading is not None)
    for number in range(3):
        client.predict(encode_jpeg(draw_leaf(number)))
    state = driver.wait(
        lambda state: state.service.point is not None and state.service.point.requests_per_s > 0
    ).service
    assert state.point is not None
    assert state.point.half_ms
    assert state.point.failed_percent == 0
    assert state.point.gauges.replicas == 1
    assert set(state.recent[-1].buckets) == {"answer", "decode", "infer", "queue"}
    state = driver.wait(lambda state: state.service.is_ready is not None).service
    assert state.is_ready
    assert state.facts is not None
    assert state.facts.version == client.get_model().model_version


def test_nothing_is_asked_while_the_tab_is_closed_or_the_server_away(driver: Driver) -> None:
    driver.wait(lambda state: state.server.mode is ServerMode.ONLINE)
    time.sleep(0.5)
    driver.session.collect()
    assert driver.session.state.service.reading is None
    driver.session.post(TabSelected(tab=Tab.SERVICE))
    driver.wait(lambda state: state.service.reading is not None)
    away = ServerStatus(mode=ServerMode.OFFLINE, url=driver.diagnoser.status.url)
    driver.diagnoser.status = away
    driver.session.post(ServerReported(status=away))
    driver.wait(lambda state: state.server == away)
    # One look may be under way; the next would come after 2 s.
    time.sleep(0.5)
    driver.session.collect()
    before = driver.session.state.service.reading
    time.sleep(2.5)
    driver.session.collect()
    assert driver.session.state.service.reading is before


def test_the_service_here_is_stopped_after_a_question_and_its_words_are_shown(
    driver: Driver, tmp_path: Path
) -> None:
    driver.session.post(TabSelected(tab=Tab.SERVICE))
    assert driver.wait(lambda state: state.service.can_run is not None).service.can_run
    driver.session.post(events.CommandWanted(command=Command.STOP))
    driver.wait(lambda state: state.service.asked is Command.STOP)
    driver.session.post(events.CommandConfirmed())
    state = driver.wait(
        lambda state: state.service.task is not None and not state.service.task.is_running
    ).service
    assert state.task is not None
    assert (state.task.status, state.task.lines) == (0, ("Nothing to stop.",))
    assert (tmp_path / "home" / "logs" / "window.log").read_text() == "Nothing to stop.\n"


def test_a_command_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_run()
    monkeypatch.setenv("LEAFRAY_HTTP_PORT", "no port")
    printed: list[str] = []
    assert run_command(Command.START, tmp_path / "logs" / "window.log", printed.extend) == 1
    assert any("LEAFRAY_HTTP_PORT" in line for line in printed)
