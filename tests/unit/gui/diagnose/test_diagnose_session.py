"""The session: events become jobs on threads, answers become state; a diagnoser of its own."""

import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cluster.storage import Layout
from gui.diagnose import events, export_events, heat_events, history_events, plant_events
from gui.diagnose.answers import Diagnosis, Origin, Score
from gui.diagnose.diagnosis import Diagnoser, DiagnosisError
from gui.diagnose.explanation import Explanation, to_reference
from gui.diagnose.export_events import ExportKind
from gui.diagnose.heat import HeatStatus
from gui.diagnose.history_file import HistoryFile
from gui.diagnose.photos import PhotoStatus
from gui.diagnose.state import DiagnoseState
from gui.diagnose.views import View
from gui.kit.connection import Connection
from gui.kit.server_status import ServerMode, ServerStatus
from gui.session import Session
from gui.state import AppState, create_state
from tests.unit.gui.diagnose.test_diagnose_table import make_photo

TIMEOUT_S = 20.0
URL = "http://127.0.0.1:1"
STORED_SHA256 = "ab" * 32


class GreenDiagnoser:
    """Answers with the mean of the green channel; refuses black; breaks on white."""

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self.is_open.set()
        self.num_diagnosed = 0
        self.num_explained = 0

    def diagnose(self, image_bytes: bytes, image: NDArray[np.uint8]) -> Diagnosis:
        assert self.is_open.wait(TIMEOUT_S)
        assert image_bytes
        green = float(image[..., 1].mean()) / 255
        if green == 0:
            raise DiagnosisError("the photo is black")
        if green == 1:
            raise RuntimeError("white")
        self.num_diagnosed += 1
        return Diagnosis(
            top=(Score(class_name="green", display_name="Green", probability=green),),
            plausible=("green",),
            is_known=True,
            refusal_code=None,
            refusal_reason=None,
            model_version="green-1",
            latency_ms=1.0,
            origin=Origin.LAPTOP,
        )

    def diagnose_plant(
        self, photos: Sequence[bytes], images: Sequence[NDArray[np.uint8]]
    ) -> Diagnosis:
        answers = [self.diagnose(*pair) for pair in zip(photos, images, strict=True)]
        best = max(answers, key=lambda answer: answer.top[0].probability)
        return replace(best, plausible=tuple(str(len(photos))))

    def explain(
        self, image_bytes: bytes, image: NDArray[np.uint8], diagnosis: Diagnosis
    ) -> Explanation:
        assert image_bytes
        if diagnosis.top[0].probability > 0.9:
            raise DiagnosisError("too green to explain")
        self.num_explained += 1
        reference = to_reference("apple__healthy", 0.9, STORED_SHA256)
        return Explanation(heat=255 - image, references=(reference,))

    def check_server(self) -> ServerStatus:
        return ServerStatus(mode=ServerMode.OFFLINE, url=URL)


class Driver:
    """Stands for the window: takes in what comes, without drawing."""

    def __init__(self, history_path: Path) -> None:
        self.diagnoser = GreenDiagnoser()
        self._is_awake = threading.Event()

        def create(_report: Callable[[ServerStatus], None]) -> Diagnoser:
            return self.diagnoser

        self.session = Session(
            create_state(URL), Connection(URL), create, history_path=history_path
        )
        self.session.inbox.set_wake(self._is_awake.set)
        self.session.start()

    def wait(self, is_done: Callable[[DiagnoseState], bool]) -> DiagnoseState:
        return self.wait_for_app(lambda state: is_done(state.diagnose)).diagnose

    def wait_for_app(self, is_done: Callable[[AppState], bool]) -> AppState:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not is_done(self.session.state):
            assert time.monotonic() < deadline_s, self.session.state
            self._is_awake.wait(0.5)
            self._is_awake.clear()
            self.session.collect()
        return self.session.state

    def open(self, *paths: Path) -> None:
        self.session.post(events.PathsRequested(paths=paths))

    def open_and_wait(self, *paths: Path) -> DiagnoseState:
        generation = self.session.state.diagnose.generation
        self.open(*paths)
        return self.wait(lambda state: state.generation > generation and not state.is_busy)


@pytest.fixture
def history_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "history.db"


@pytest.fixture
def driver(history_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("LEAFRAY_HOME", str(history_path.parent))
    driver = Driver(history_path)
    yield driver
    driver.diagnoser.is_open.set()
    driver.session.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, green in (("a", 50), ("b", 150), ("c", 200)):
        save(tmp_path / f"{name}.png", green)
    return tmp_path


def save(path: Path, green: int, other: int = 10) -> None:
    Image.new("RGB", (120, 60), (other, green, other)).save(path)


def test_a_folder_is_diagnosed_and_can_be_shown(driver: Driver, folder: Path) -> None:
    state = driver.open_and_wait(folder)
    assert [photo.path.name for photo in state.photos] == ["a.png", "b.png", "c.png"]
    greens = [photo.diagnosis.top[0].probability for photo in state.photos if photo.diagnosis]
    assert greens == pytest.approx([50 / 255, 150 / 255, 200 / 255])
    # Less likely than not: what to photograph next. More: a class that has no page.
    assert [photo.advice is not None for photo in state.photos] == [True, False, False]
    large = driver.session.diagnose.pictures.get_large(1)
    assert large is not None
    assert large.shape == (60, 120, 3)
    assert driver.session.diagnose.pictures.get_thumbnail(2) is not None


def test_a_file_that_is_no_image_fails_in_words_and_the_rest_is_done(
    driver: Driver, folder: Path
) -> None:
    (folder / "0.jpg").write_text("not a picture")
    (folder / "1.jpg").touch()
    state = driver.open_and_wait(folder)
    assert state.photos[0].problem == "This is not an image; send a JPEG, PNG or WebP."
    assert "is empty" in (state.photos[1].problem or "")
    assert [photo.status for photo in state.photos[2:]] == [PhotoStatus.DIAGNOSED] * 3


def test_a_refusal_and_a_crash_of_the_diagnoser_are_said(driver: Driver, tmp_path: Path) -> None:
    save(tmp_path / "black.png", 0, 0)
    save(tmp_path / "white.png", 255)
    state = driver.open_and_wait(tmp_path)
    assert state.photos[0].problem == "The photo is black."
    assert "RuntimeError: white" in (state.photos[1].problem or "")
    save(tmp_path / "green.png", 128)
    state = driver.open_and_wait(tmp_path / "green.png")
    assert state.photos[0].status is PhotoStatus.DIAGNOSED


def test_a_new_set_drops_what_waits_of_the_old(driver: Driver, tmp_path: Path) -> None:
    many, one = tmp_path / "many", tmp_path / "one.png"
    many.mkdir()
    for idx in range(12):
        save(many / f"{idx:02}.png", 100)
    save(one, 200)
    driver.diagnoser.is_open.clear()
    driver.open(many)
    driver.wait(lambda state: len(state.photos) == 12)
    driver.open(one)
    driver.wait(lambda state: len(state.photos) == 1)
    driver.diagnoser.is_open.set()
    state = driver.wait(lambda state: not state.is_busy)
    assert state.photos[0].diagnosis is not None
    assert state.photos[0].diagnosis.top[0].probability == pytest.approx(200 / 255)
    # Two threads may each have had one of the old photos in hand.
    assert driver.diagnoser.num_diagnosed <= 3


def test_a_path_that_does_not_exist_keeps_what_is_shown(driver: Driver, folder: Path) -> None:
    before = driver.open_and_wait(folder)
    driver.open(folder / "nowhere")
    state = driver.wait(lambda state: state.problem is not None)
    assert "does not exist" in (state.problem or "")
    assert state.photos == before.photos


def test_a_preview_given_up_comes_back_when_its_photo_is_selected(
    driver: Driver, tmp_path: Path
) -> None:
    for idx in range(20):
        save(tmp_path / f"{idx:02}.png", 100 + idx)
    state = driver.open_and_wait(tmp_path)
    assert state.selected_idx == 0
    assert driver.session.diagnose.pictures.get_large(0) is not None
    gone = next(idx for idx in range(20) if driver.session.diagnose.pictures.get_large(idx) is None)
    driver.session.post(events.PhotoSelected(photo_idx=gone))
    driver.wait(lambda _: driver.session.diagnose.pictures.get_large(gone) is not None)


def test_the_servers_state_arrives(driver: Driver) -> None:
    state = driver.wait_for_app(lambda state: state.server.mode is not ServerMode.CHECKING)
    assert state.server.mode is ServerMode.OFFLINE


def test_the_watched_folder_is_followed_and_its_end_said(driver: Driver, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    save(inbox / "old.png", 20)
    driver.session.post(events.WatchRequested(folder=inbox))
    driver.wait(lambda state: state.watched_dir == inbox)
    deadline_s = time.monotonic() + TIMEOUT_S
    number = 0
    # The first look decides what is old; it may come after the first file of this loop.
    while not driver.session.state.diagnose.photos and time.monotonic() < deadline_s:
        save(inbox / f"new{number}.png", 90)
        number += 1
        threading.Event().wait(0.5)
        driver.session.collect()
    state = driver.wait(lambda state: bool(state.photos) and not state.is_busy)
    names = [photo.path.name for photo in state.photos]
    assert "old.png" not in names
    assert names[0].startswith("new")
    for path in inbox.iterdir():
        path.unlink()
    inbox.rmdir()
    state = driver.wait(lambda state: state.problem is not None)
    assert "cannot be watched any more" in (state.problem or "")
    assert state.watched_dir is None


def test_the_evidence_is_asked_for_once_and_for_the_photo_on_show_only(
    driver: Driver, folder: Path
) -> None:
    driver.open_and_wait(folder)
    driver.session.post(heat_events.HeatToggled())
    state = driver.wait(lambda state: state.heat.status is HeatStatus.READY)
    heat_image = driver.session.diagnose.pictures.get_heat(state.heat.subject)
    assert heat_image is not None
    assert heat_image[0, 0].tolist() == [245, 205, 245]
    assert [reference.similarity for reference in state.heat.references] == [0.9]
    driver.session.post(events.SelectionMoved(step=2))
    driver.wait(lambda state: state.selected_idx == 2 and state.heat.status is HeatStatus.READY)
    driver.session.post(events.SelectionMoved(step=-2))
    driver.wait(lambda state: state.selected_idx == 0 and state.heat.status is HeatStatus.READY)
    assert driver.diagnoser.num_explained == 2


def test_a_photo_alike_that_lies_on_this_machine_is_shown(
    driver: Driver, folder: Path, history_path: Path
) -> None:
    stored = Layout(home=history_path.parent).image_path(STORED_SHA256)
    stored.parent.mkdir(parents=True)
    save(folder / "stored.png", 250)
    (folder / "stored.png").rename(stored)
    driver.open_and_wait(folder)
    driver.session.post(heat_events.HeatToggled())
    state = driver.wait(lambda state: bool(state.heat.pictured))
    assert state.heat.pictured == {STORED_SHA256}
    picture = driver.session.diagnose.pictures.get_reference(STORED_SHA256)
    assert picture is not None
    assert picture[10, 10].tolist() == [10, 250, 10]
    # It is at hand when the photo is looked at again.
    stored.unlink()
    driver.session.post(events.SelectionMoved(step=1))
    driver.wait(lambda state: state.selected_idx == 1 and state.heat.status is HeatStatus.READY)
    driver.session.post(events.SelectionMoved(step=-1))
    driver.wait(lambda state: state.selected_idx == 0 and bool(state.heat.pictured))


def test_a_photo_that_cannot_be_explained_says_why(driver: Driver, tmp_path: Path) -> None:
    save(tmp_path / "bright.png", 240)
    driver.open_and_wait(tmp_path)
    driver.session.post(heat_events.HeatToggled())
    state = driver.wait(lambda state: state.heat.status is HeatStatus.FAILED)
    assert state.heat.problem == "Too green to explain."
    assert not state.is_busy


def test_a_set_is_saved_as_a_report_and_a_folder_that_cannot_be_written_is_said(
    driver: Driver, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    driver.open_and_wait(folder)
    out_dir = tmp_path_factory.mktemp("out")
    driver.session.post(export_events.ExportRequested(kind=ExportKind.REPORT, path=out_dir / "set"))
    state = driver.wait(lambda state: state.export.saved_path is not None)
    assert state.export.saved_path == out_dir / "set.html"
    assert (out_dir / "set.html").read_text().count("data:image/jpeg;base64,") == 3
    nowhere = export_events.ExportRequested(kind=ExportKind.CSV, path=out_dir / "no" / "set.csv")
    driver.session.post(nowhere)
    state = driver.wait(lambda state: state.export.problem is not None)
    assert "Choose another folder" in (state.export.problem or "")


def test_answers_are_remembered_over_a_restart_and_shown_again(
    driver: Driver, folder: Path, history_path: Path
) -> None:
    driver.open_and_wait(folder)
    driver.session.post(events.ViewSelected(view=View.HISTORY))
    driver.wait(lambda state: len(state.history.entries) == 3)
    driver.session.close()
    (folder / "c.png").unlink()
    again = Driver(history_path)
    try:
        again.session.post(events.ViewSelected(view=View.HISTORY))
        state = again.wait(lambda state: len(state.history.entries) == 3)
        pictures = again.session.diagnose.pictures
        by_name = {entry.path.name: entry for entry in state.history.entries}
        gone, entry = by_name["c.png"], by_name["b.png"]
        assert entry.diagnosis.top[0].probability == pytest.approx(150 / 255)
        thumbnail = pictures.history_thumbnails[entry.entry_id]
        assert thumbnail[40, 60].tolist() == pytest.approx([10, 150, 10], abs=6)
        again.session.post(history_events.EntryOpened(entry=entry))
        again.wait(lambda state: state.exhibit is not None and state.exhibit.is_prepared)
        assert pictures.exhibit is not None
        assert pictures.exhibit.shape == (60, 120, 3)
        again.session.post(history_events.EntryOpened(entry=gone))
        state = again.wait(lambda state: state.exhibit is not None and state.exhibit.number == 2)
        state = again.wait(lambda state: state.exhibit is not None and state.exhibit.is_prepared)
        assert state.exhibit is not None
        assert "does not exist" in (state.exhibit.problem or "")
        assert pictures.exhibit is pictures.history_thumbnails[gone.entry_id]
    finally:
        again.session.close()


def test_a_cleared_history_is_empty(driver: Driver, folder: Path) -> None:
    driver.open_and_wait(folder)
    driver.session.post(events.ViewSelected(view=View.HISTORY))
    driver.wait(lambda state: len(state.history.entries) == 3)
    driver.session.post(history_events.HistoryCleared())
    state = driver.wait(lambda state: not state.history.entries)
    assert state.history.problem is None


def test_a_history_that_cannot_be_written_keeps_no_photo_from_its_answer(
    driver: Driver, folder: Path, history_path: Path
) -> None:
    history_path.write_text("a letter, no database" * 100)
    state = driver.open_and_wait(folder)
    assert all(photo.diagnosis is not None for photo in state.photos)
    driver.session.post(events.ViewSelected(view=View.HISTORY))
    state = driver.wait(lambda state: state.history.problem is not None)
    assert "clear the history" in (state.history.problem or "")


def test_marked_photos_are_diagnosed_as_one_plant(driver: Driver, folder: Path) -> None:
    driver.open_and_wait(folder)
    for step in (0, 2):
        driver.session.post(events.SelectionMoved(step=step))
        driver.session.post(plant_events.MarkToggled())
    driver.session.post(plant_events.PlantRequested())
    state = driver.wait(lambda state: state.exhibit is not None and state.exhibit.is_prepared)
    assert state.shown is not None
    assert state.shown.diagnosis is not None
    assert state.shown.diagnosis.top[0].probability == pytest.approx(200 / 255)
    assert state.shown.diagnosis.plausible == ("2",)
    exhibit = driver.session.diagnose.pictures.exhibit
    assert exhibit is not None
    assert exhibit[0, 0].tolist() == [10, 50, 10]
    (folder / "c.png").unlink()
    driver.session.post(events.ExhibitClosed())
    driver.session.post(plant_events.PlantRequested())
    state = driver.wait(lambda state: state.shown is not None and state.shown.problem is not None)
    assert state.shown is not None
    assert "c.png" in (state.shown.problem or "")


def test_the_compared_photo_stays_when_its_preview_is_given_up(
    driver: Driver, tmp_path: Path
) -> None:
    for idx in range(20):
        save(tmp_path / f"{idx:02}.png", 100 + idx)
    driver.open_and_wait(tmp_path)
    driver.session.post(events.CompareToggled())
    for photo_idx in range(1, 20):
        driver.session.post(events.PhotoSelected(photo_idx=photo_idx))
    pictures = driver.session.diagnose.pictures
    driver.wait(lambda state: state.selected_idx == 19 and pictures.get_large(0) is None)
    assert pictures.compared is not None
    assert pictures.compared[0, 0].tolist() == [10, 100, 10]


def test_a_thumbnail_that_is_none_of_ours_is_left_out(driver: Driver, history_path: Path) -> None:
    file = HistoryFile(history_path)
    large = io.BytesIO()
    Image.new("RGB", (200, 200)).save(large, format="JPEG")
    for name, thumbnail in (("a", b"a letter"), ("b", large.getvalue()), ("c", None)):
        file.add(make_photo(name), name, datetime.now(UTC), thumbnail)
    driver.session.post(events.ViewSelected(view=View.HISTORY))
    driver.wait(lambda state: len(state.history.entries) == 3)
    assert driver.session.diagnose.pictures.history_thumbnails == {}
