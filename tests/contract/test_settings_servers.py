"""The settings against the real application: looks at servers, and changing between two."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from cluster.keys import Role
from cluster.storage import Layout
from gui.diagnose.diagnosis import Diagnoser, FallbackDiagnoser
from gui.diagnose.http_diagnoser import HttpDiagnoser
from gui.diagnose.laptop_diagnoser import LaptopDiagnoser
from gui.events import TabSelected
from gui.kit.connection import Connection, Target
from gui.kit.look import Theme
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.tabs import Tab
from gui.session import Session
from gui.settings import events
from gui.settings.key_store import KeyPlace, KeyStore
from gui.settings.preference_file import load_preferences
from gui.settings.preferences import Preferences, ThemeChoice
from gui.settings.probe import probe_server
from gui.settings.state import SettingsState
from gui.settings.work import Shelf
from gui.state import AppState, create_state
from serve_app.client import ClientError
from tests.contract.conftest import Service

TIMEOUT_S = 20.0


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("LEAFRAY_HOME", str(tmp_path / "home"))
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def free_url() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def strange_url() -> Iterator[str]:
    """Something that answers, but is no service of ours."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_strangely, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _answer_strangely(listener: socket.socket) -> None:
    try:
        while True:
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
    except OSError:
        return


def test_a_server_that_works_is_said(service: Service) -> None:
    verdict = probe_server(service.url, service.secret)
    assert verdict.is_good
    assert verdict.text.startswith("It works: model ")


@pytest.mark.parametrize(("key", "words"), [(None, "wants a key"), ("wrong", "refuses this key")])
def test_a_key_that_is_missing_or_wrong_is_said(
    service: Service, key: str | None, words: str
) -> None:
    verdict = probe_server(service.url, key)
    assert not verdict.is_good
    assert words in verdict.text


def test_an_address_without_a_service_is_said(free_url: str, strange_url: str) -> None:
    assert "nothing listens at this port" in probe_server(free_url, None).text
    assert "no Leafray service" in probe_server(strange_url, None).text
    assert "does not speak https" in probe_server(strange_url.replace("http:", "https:"), None).text
    nowhere = probe_server("http://no-such-computer.invalid", None)
    assert "no computer of this name" in nowhere.text


def test_a_connection_changes_its_server_from_another_thread(
    service: Service, free_url: str
) -> None:
    connection = Connection(free_url)
    assert connection.check().mode is ServerMode.OFFLINE
    target = Target(url=service.url, load_key=lambda: service.secret)
    thread = threading.Thread(target=connection.use, args=(target,))
    thread.start()
    thread.join(TIMEOUT_S)
    status = connection.check()
    assert (status.mode, status.url) == (ServerMode.ONLINE, service.url)
    first = connection.get_client()
    assert connection.get_client() is first
    connection.use(Target(url=service.url, load_key=lambda: service.secrets[Role.ADMIN]))
    assert connection.get_client() is not first
    connection.close()


def test_without_a_server_nothing_is_asked() -> None:
    connection = Connection("http://127.0.0.1:1")
    connection.use(Target(url="", load_key=lambda: None))
    with pytest.raises(ClientError, match="No server is chosen"):
        connection.get_client()
    status = connection.check()
    assert (status.mode, status.url) == (ServerMode.OFFLINE, "")
    assert "Choose one" in (status.advice or "")


class Driver:
    """Stands for the window: takes in what comes, without drawing."""

    def __init__(self, tmp_path: Path, preferences: Preferences, artifact_dir: Path) -> None:
        self.keys_path = Layout(home=tmp_path / "home").window_keys_path
        self.shelf = Shelf(
            preferences_path=tmp_path / "config" / "settings.json",
            keys=KeyStore(self.keys_path),
        )
        settings = SettingsState(preferences=preferences)
        connection = Connection(settings.server_url)
        connection.use(self.shelf.create_target(settings.server_url))

        def create(report: Callable[[ServerStatus], None]) -> Diagnoser:
            laptop = LaptopDiagnoser(artifact_dir)
            return FallbackDiagnoser(HttpDiagnoser(connection), laptop, report=report)

        state = create_state(settings.server_url, settings)
        self.session = Session(state, connection, create, shelf=self.shelf)
        self.session.start()

    def post(self, *happened: events.Event) -> None:
        for event in happened:
            self.session.post(event)

    def wait(self, is_done: Callable[[AppState], bool]) -> AppState:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not is_done(self.session.state):
            assert time.monotonic() < deadline_s, self.session.state
            time.sleep(0.01)
            self.session.collect()
        return self.session.state


@pytest.fixture
def driver(tmp_path: Path, champion_dir: Path) -> Iterator[Driver]:
    driver = Driver(tmp_path, Preferences(server_name=None), champion_dir)
    yield driver
    driver.session.close()


def test_a_server_entered_with_its_key_is_online_and_there_again_at_the_next_start(
    driver: Driver, service: Service
) -> None:
    driver.wait(lambda state: state.server.mode is ServerMode.OFFLINE)
    driver.post(
        events.FormOpened(name=None),
        events.ProbeRequested(name=None, address=service.url, key=service.secret),
    )
    state = driver.wait(lambda state: bool(state.settings.probe and state.settings.probe.verdict))
    assert state.settings.probe is not None
    assert state.settings.probe.verdict is not None
    assert state.settings.probe.verdict.is_good
    driver.post(events.FormSubmitted(name="Mine", address=service.url, key=service.secret))
    state = driver.wait(lambda state: state.server.mode is ServerMode.ONLINE)
    assert state.server.url == service.url
    assert state.settings.key_place is KeyPlace.FILE
    # Saved before its key was, by the same thread.
    assert load_preferences(driver.shelf.preferences_path).preferences.server_name == "Mine"
    assert service.secret not in driver.shelf.preferences_path.read_text()
    assert KeyStore(driver.keys_path).load(service.url) == service.secret


def test_a_key_that_is_forgotten_is_refused_at_once_and_leaving_the_server_too(
    driver: Driver, service: Service
) -> None:
    driver.post(
        events.FormOpened(name=None),
        events.FormSubmitted(name="Mine", address=service.url, key=service.secret),
    )
    driver.wait(lambda state: state.server.mode is ServerMode.ONLINE)
    driver.post(events.KeyForgotten(url=service.url))
    driver.wait(lambda state: state.server.mode is ServerMode.REFUSING)
    driver.post(events.ServerChosen(name=None))
    state = driver.wait(lambda state: state.server.mode is ServerMode.OFFLINE)
    assert state.server.url == ""


def test_a_removed_server_takes_its_key_along(driver: Driver, service: Service) -> None:
    driver.post(
        events.FormOpened(name=None),
        events.FormSubmitted(name="Mine", address=service.url, key=service.secret),
    )
    driver.wait(lambda state: state.settings.key_count == 1)
    driver.post(events.ServerRemoved(name="Mine"))
    driver.wait(lambda state: state.settings.key_count == 2)
    assert KeyStore(driver.keys_path).load(service.url) is None


def test_choices_that_cannot_be_saved_hold_and_are_said(driver: Driver) -> None:
    driver.shelf.preferences_path.parent.write_text("a file where the folder should be")
    driver.post(events.ThemeChosen(theme=ThemeChoice.DARK))
    state = driver.wait(lambda state: state.settings.problem is not None)
    assert "cannot be saved" in (state.settings.problem or "")
    assert state.settings.look.theme is Theme.DARK


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems ask otherwise")
def test_the_look_follows_what_the_desktop_asks_for(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "gdbus"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho '(<<uint32 1>>,)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    driver.post(events.ThemeChosen(theme=ThemeChoice.SYSTEM))
    driver.wait(lambda state: state.settings.look.theme is Theme.DARK)
    saved = driver.shelf.preferences_path
    deadline_s = time.monotonic() + TIMEOUT_S
    while load_preferences(saved).preferences.system_theme is not Theme.DARK:
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    program.unlink()
    driver.post(
        events.ThemeChosen(theme=ThemeChoice.LIGHT), events.ThemeChosen(theme=ThemeChoice.SYSTEM)
    )
    state = driver.wait(lambda state: state.settings.is_system_silent)
    # A system that falls silent leaves the look as it was.
    assert state.settings.look.theme is Theme.DARK


def test_the_tab_knows_which_servers_have_a_key_when_it_is_opened(
    driver: Driver, service: Service
) -> None:
    url = driver.session.state.settings.preferences.servers[0].url
    driver.shelf.keys.save(url, service.secret)
    driver.session.post(TabSelected(tab=Tab.SETTINGS))
    driver.wait(lambda state: state.settings.has_key(url))
