"""The window before a real cluster, from the first start to a diagnosis without the server.

Keys and pointer do what a person does; what came of it is asked of the service, or read from the
window's own history.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cluster.http_probe import wait_for
from cluster.storage import Layout
from gui.diagnose.answers import Origin
from gui.diagnose.history_file import HistoryFile
from gui.recording.material import Material, prepare
from gui.recording.programs import PACKAGES
from gui.recording.screen import Hands, open_screen, open_window
from gui.recording.story import MODELS_XY, PATH_XY, ROLL_BACK_XY, SOURCE_XY
from serve_app.client import LeafrayClient
from serve_app.key_file import load_secret
from serve_app.loop_schemas import RunResponse
from serve_app.schemas import UploadResponse
from tests.e2e.relay import Relay

TIMEOUT_S = 90
RETRY_S = 2.5


def wait(has_come: Callable[[], bool], what: str) -> None:
    assert wait_for(has_come, timeout_s=TIMEOUT_S), f"there was never {what}"


class Person:
    """Sits before a window that was never started before, and knows the server by a relay."""

    def __init__(self, hands: Hands, client: LeafrayClient, relay: Relay, home: Path) -> None:
        self.hands = hands
        self.client = client
        self.relay = relay
        self.pictures_dir = home / "Pictures"
        self._history = HistoryFile(Layout(home=home).window_history_path)

    def press_until(self, keys: tuple[str, ...], has_come: Callable[[], bool]) -> None:
        """Press what does the next step, again where the window was not ready for it."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while not has_come():
            assert time.monotonic() < deadline_s, f"nothing came of {keys}"
            self.hands.key(*keys, pause_s=0.5)
            wait_for(has_come, timeout_s=RETRY_S)

    def count_diagnosed(self, origin: Origin) -> int:
        entries, _ = self._history.find("", offset=0, limit=100)
        return sum(stored.entry.diagnosis.origin is origin for stored in entries)


@pytest.fixture
def person(leafray, tmp_path) -> Iterator[Person]:
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"a real window needs {program} (Debian package {PACKAGES[program]})")
    key_path = Layout(home=leafray.home).admin_key_path
    port = int(leafray.environment["LEAFRAY_HTTP_PORT"])
    home = tmp_path / "home"
    with (
        LeafrayClient(f"http://127.0.0.1:{port}", load_secret(key_path)) as client,
        Relay(port) as relay,
        open_screen() as display,
    ):
        environment = {
            **os.environ,
            "DISPLAY": display,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "LEAFRAY_HOME": str(home),
        }
        with open_window(environment, relay.url, key_path):
            yield Person(Hands(environment), client, relay, home)


@pytest.mark.timeout(400)
def test_the_story_of_the_window(person: Person, tmp_path: Path) -> None:
    material = prepare(tmp_path / "leaves", None)
    time.sleep(1)
    # The welcome of a first start.
    person.hands.key("Return", "Return", "Return", pause_s=0.5)
    diagnose_by_the_server(person, material)
    save_a_picture_of_the_data(person)
    champion = person.client.get_model().model_version
    upload = give_photographs(person, material)
    run = train(person, upload)
    assert person.client.get_model().model_version == run.model_version != champion
    roll_back(person)
    assert person.client.get_model().model_version == champion
    diagnose_without_the_server(person, material)


def diagnose_by_the_server(person: Person, material: Material) -> None:
    person.hands.enter(*PATH_XY, str(material.leaf_path))
    wait(lambda: person.count_diagnosed(Origin.SERVER) == 1, "an answer for a leaf")
    person.hands.enter(*PATH_XY, str(material.folder))
    # One of its files is no photograph.
    num_photos = len(list(material.folder.iterdir())) - 1
    wait(
        lambda: person.count_diagnosed(Origin.SERVER) == 1 + num_photos, "an answer for each photo"
    )


def save_a_picture_of_the_data(person: Person) -> None:
    person.hands.key("ctrl+2", "Right")
    person.press_until(("ctrl+s",), lambda: any(person.pictures_dir.glob("*.png")))


def give_photographs(person: Person, material: Material) -> UploadResponse:
    """Look through the zip, send what is good of it, and have it taken into the data."""
    uploads = person.client.uploads
    earlier = {upload.upload_id for upload in uploads.list_all()}

    def find() -> UploadResponse | None:
        return next((one for one in uploads.list_all() if one.upload_id not in earlier), None)

    def stands_at(status: str) -> bool:
        upload = find()
        return upload is not None and upload.status == status

    person.hands.key("ctrl+3")
    person.hands.enter(*SOURCE_XY, str(material.archive_path))
    person.press_until(("ctrl+Return",), lambda: find() is not None)
    wait(lambda: stands_at("checked"), "a checked upload")
    # Enter says yes where doubtful labels make the window ask.
    person.press_until(("ctrl+Return", "Return"), lambda: stands_at("accepted"))
    upload = find()
    assert upload is not None
    # The broken, the small, the doubled and the unnamed file stayed where they were.
    assert (upload.accepted, upload.rejected) == (72, 0)
    return upload


def train(person: Person, upload: UploadResponse) -> RunResponse:
    """Train, and let the outcome take over once its verdict is there."""
    client = person.client
    earlier = {run.run_id for run in client.loop.list_runs()}

    def find() -> RunResponse | None:
        return next((one for one in client.loop.list_runs() if one.run_id not in earlier), None)

    def has_ended() -> bool:
        run = find()
        return run is not None and run.ended is not None

    person.hands.key("ctrl+4")
    person.press_until(("ctrl+Return",), lambda: find() is not None)
    wait(has_ended, "an ended run")
    run = find()
    assert run is not None
    # Beside it what a run that was killed in another test has not learned from.
    assert upload.upload_id in run.upload_ids
    assert run.status == "awaiting_approval", run.reason
    person.press_until(
        ("ctrl+Return", "Return"), lambda: client.get_model().model_version == run.model_version
    )
    return run


def roll_back(person: Person) -> None:
    trained = person.client.get_model().model_version
    person.hands.click(*MODELS_XY, pause_s=1.5)
    person.hands.click(*ROLL_BACK_XY, pause_s=1)
    person.hands.key("Return")
    wait(lambda: person.client.get_model().model_version != trained, "the model before")


def diagnose_without_the_server(person: Person, material: Material) -> None:
    person.relay.stop()
    person.hands.key("ctrl+1")
    person.hands.enter(*PATH_XY, str(material.leaf_path))
    wait(lambda: person.count_diagnosed(Origin.LAPTOP) == 1, "an answer by the laptop")
