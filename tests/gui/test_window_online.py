"""The window with the real application behind it, and what happens when that goes away."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from cluster.keys import ensure_admin_key
from cluster.storage import Layout
from gui.kit.tones import LIGHT, TRACK, Tone
from gui.service.layout import measure as measure_service
from serve_app.api import create_api
from serve_app.parts import load_parts
from tests.gui.screen import (
    TIMEOUT_S,
    Pixels,
    User,
    count_bars,
    count_pixels,
    crop,
    crop_card,
    crop_header,
    measure_window,
)

OpenWindow = Callable[..., User]
MakeArtifact = Callable[..., Path]

SERVER_VERSION = "on-the-server"
LAPTOP_VERSION = "on-the-laptop"
ACCENT = LIGHT.accent
MIN_LINE_PIXELS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningService:
    """The application on a free port of this machine."""

    url: str
    home: Path
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        """End it; connections are closed."""
        self.server.should_exit = True
        self.server.force_exit = True
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()


@pytest.fixture
def service(make_artifact: MakeArtifact, tmp_path: Path) -> Iterator[RunningService]:
    layout = Layout(home=tmp_path / "home")
    layout.keys_dir.mkdir(parents=True)
    ensure_admin_key(layout)
    artifact = make_artifact(knows_everything=True, model_version=SERVER_VERSION)
    api = create_api(load_parts(artifact, layout.api_keys_path))
    server = uvicorn.Server(uvicorn.Config(api, log_level="error", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        running = RunningService(
            url=f"http://127.0.0.1:{port}", home=layout.home, server=server, thread=thread
        )
        yield running
        running.stop()


@pytest.fixture
def laptop_artifact(make_artifact: MakeArtifact) -> Path:
    """An artifact that knows nothing: its answers cannot be taken for the server's."""
    return make_artifact(knows_everything=False, model_version=LAPTOP_VERSION)


def is_known_by_five_bars(window: Pixels) -> bool:
    return count_bars(crop_card(window), TRACK, Tone.KNOWN.colour) == 5


def is_unknown_by_five_bars(window: Pixels) -> bool:
    return count_bars(crop_card(window), TRACK, Tone.WAITING.colour) == 5


def has_light(window: Pixels, tone: Tone) -> bool:
    """The light beside the server's state has this colour."""
    return count_pixels(crop_header(window), tone.colour) > 20


def test_the_server_answers_and_the_laptop_takes_over_when_it_goes(
    open_window: OpenWindow, service: RunningService, laptop_artifact: Path, leaf_path: Path
) -> None:
    user = open_window(
        "--server",
        service.url,
        "--model",
        laptop_artifact,
        leaf_path,
        LEAFRAY_HOME=str(service.home),
    )
    user.see(is_known_by_five_bars, "the server's answer")
    user.see(lambda window: has_light(window, Tone.KNOWN), "that the server is online")
    service.stop()
    user.enter(leaf_path)
    user.see(is_unknown_by_five_bars, "the laptop's answer")
    user.see(lambda window: has_light(window, Tone.UNKNOWN), "that the server is away")


def test_a_server_that_refuses_the_key_is_said_and_the_laptop_answers(
    open_window: OpenWindow,
    service: RunningService,
    laptop_artifact: Path,
    leaf_path: Path,
    tmp_path: Path,
) -> None:
    wrong = tmp_path / "wrong.key"
    wrong.write_text("not-the-secret\n")
    user = open_window(
        "--server",
        service.url,
        "--key-file",
        wrong,
        "--model",
        laptop_artifact,
        leaf_path,
        LEAFRAY_HOME=str(service.home),
    )
    user.see(is_unknown_by_five_bars, "the laptop's answer")
    user.see(lambda window: has_light(window, Tone.FAILED), "that the server refuses the key")


def test_the_cluster_tab_draws_what_the_server_tells(
    open_window: OpenWindow, service: RunningService, laptop_artifact: Path
) -> None:
    user = open_window(
        "--server",
        service.url,
        "--model",
        laptop_artifact,
        "--tab",
        "cluster",
        LEAFRAY_HOME=str(service.home),
    )
    layout = measure_service(measure_window().page, scale=1.0, num_tiles=6, num_plots=4)
    replicas_plot = layout.plots[2]

    def has_line(window: Pixels) -> bool:
        return count_pixels(crop(window, replicas_plot), ACCENT) > MIN_LINE_PIXELS

    # The square of the legend has its colour too, from the first figures on.
    user.see(has_line, "the line of the replicas")
    service.stop()
    user.see(lambda window: not has_line(window), "that the server is away")
