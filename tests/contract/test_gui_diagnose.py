"""The window's diagnosing tab and the real service: answers, what explains them, feedback."""

import hashlib
import shutil
import socket
import threading
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from cluster.keys import Role
from cluster.storage import Layout
from gui.diagnose import events, feedback_events
from gui.diagnose.answers import Origin
from gui.diagnose.diagnosis import DiagnosisError, ServerAwayError
from gui.diagnose.feedback_work import FeedbackWork
from gui.diagnose.http_diagnoser import HttpDiagnoser
from gui.diagnose.laptop_diagnoser import LaptopDiagnoser
from gui.diagnose.previews import THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX, create_preview
from gui.diagnose.reference_pictures import ReferencePictures
from gui.diagnose.state import MAX_MARKED, DiagnoseState
from gui.diagnose.update import update
from gui.kit.connection import Connection
from gui.kit.desk import Desk
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.tabs import TabView
from models.images import decode_image
from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app.api import create_api
from serve_app.parts import load_parts
from serve_app.recent_photos import RecentPhotos
from serve_app.schemas import MAX_IMAGES
from tests.contract.conftest import run_server
from tests.contract.upload_service import Control, start_control

TIMEOUT_S = 20.0
LEAF = encode_jpeg(draw_leaf(3, size_px=900))
ONLINE = ServerStatus(mode=ServerMode.ONLINE, url="http://x")


@pytest.fixture(scope="module")
def control(champion_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Control]:
    """What takes feedback."""
    with start_control(champion_dir, tmp_path_factory.mktemp("control")) as control:
        yield control
    shutil.rmtree(control.layout.ray_dir)


@pytest.fixture(scope="module")
def diagnoser(champion_dir: Path, control: Control) -> Generator[HttpDiagnoser]:
    """What asks the predict application beside it, which keeps photos for feedback."""
    recent = RecentPhotos(control.layout.recent_photos_dir, max_photos=10)
    api = create_api(load_parts(champion_dir, control.layout.api_keys_path, recent_photos=recent))
    with socket.create_server(("127.0.0.1", 0)) as listener, run_server(api, listener):
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        connection = Connection(url, key_path=control.secret_path)
        yield HttpDiagnoser(connection)
        connection.get_client().close()


class Teller:
    """Sends feedback as the window does, and waits for what became of it."""

    def __init__(self, url: str, key_path: Path) -> None:
        self._answered = threading.Event()
        self._state = DiagnoseState()
        self._answers: list[feedback_events.FeedbackAnswered] = []
        desk = Desk(post=self._take, hand_over=lambda job: job(), report_crash=lambda _: None)
        self._connection = Connection(url, key_path=key_path)
        self._work = FeedbackWork(desk, self._connection)
        self._work.start()

    def _take(self, event: events.Event) -> None:
        assert isinstance(event, feedback_events.FeedbackAnswered)
        self._answers.append(event)
        self._answered.set()

    def give(self, request_id: str, class_name: str) -> str | None:
        """Return the problem, None if the server took it."""
        given = feedback_events.FeedbackGiven(request_id=request_id, class_name=class_name)
        before, self._state = self._state, update(self._state, given)
        self._work.follow(given, view(before), view(self._state))
        assert self._answered.wait(TIMEOUT_S)
        self._work.close()
        self._connection.get_client().close()
        (answer,) = self._answers
        assert answer.request_id == request_id
        return answer.problem


def view(state: DiagnoseState) -> TabView[DiagnoseState]:
    return TabView(part=state, server=ONLINE, is_open=True)


def test_an_answer_of_the_server_knows_its_request(diagnoser: HttpDiagnoser) -> None:
    first, second = diagnoser.diagnose(LEAF), diagnoser.diagnose(LEAF)
    assert first.origin is Origin.SERVER
    assert first.request_id
    assert first.request_id != second.request_id


def test_the_servers_heat_map_is_laid_over_the_photo_as_it_is_on_the_screen(
    diagnoser: HttpDiagnoser,
) -> None:
    image = decode_image(LEAF)
    class_name = diagnoser.diagnose(LEAF).top[0].class_name
    explanation = diagnoser.explain(LEAF, image, class_name)
    assert explanation is not None
    large = create_preview(image).large
    assert explanation.heat.shape == large.shape
    change = np.abs(explanation.heat.astype(int) - large.astype(int)).sum(axis=2)
    assert change.max() > 100
    # Where nothing speaks for the class the photo keeps its own pixels.
    assert (change < 12).mean() > 0.1
    assert len(explanation.references) == 3
    similarities = [reference.similarity for reference in explanation.references]
    assert similarities == sorted(similarities, reverse=True)


def test_a_photo_that_the_server_cannot_read_has_no_heat_map(diagnoser: HttpDiagnoser) -> None:
    with pytest.raises(DiagnosisError, match="not an image"):
        diagnoser.explain(b"a letter", np.zeros((4, 4, 3), dtype=np.uint8), "apple__healthy")


def test_the_server_explains_no_class_but_its_own_first(diagnoser: HttpDiagnoser) -> None:
    other = diagnoser.diagnose(LEAF).top[1].class_name
    assert diagnoser.explain(LEAF, decode_image(LEAF), other) is None


def test_a_plant_gets_one_answer_and_the_laptop_gives_the_same(
    diagnoser: HttpDiagnoser, champion_dir: Path
) -> None:
    photos = [encode_jpeg(draw_leaf(seed, size_px=300)) for seed in (3, 4, 5)]
    fused = diagnoser.diagnose_plant(photos)
    assert fused.request_id
    alone = [diagnoser.diagnose(photo).top[0].probability for photo in photos]
    assert fused.top[0].probability not in alone
    here = LaptopDiagnoser(champion_dir).diagnose_plant([decode_image(photo) for photo in photos])
    assert [score.class_name for score in here.top] == [score.class_name for score in fused.top]
    assert here.top[0].probability == pytest.approx(fused.top[0].probability, abs=1e-4)
    assert (here.is_known, here.refusal_code) == (fused.is_known, fused.refusal_code)


def test_more_photos_than_the_service_takes_are_refused_in_words(
    diagnoser: HttpDiagnoser,
) -> None:
    assert MAX_MARKED == MAX_IMAGES
    with pytest.raises(DiagnosisError):
        diagnoser.diagnose_plant([LEAF] * (MAX_IMAGES + 1))


def test_a_server_that_is_away_explains_nothing(control: Control) -> None:
    away = Connection("http://127.0.0.1:1", key_path=control.secret_path)
    with pytest.raises(ServerAwayError):
        HttpDiagnoser(away).explain(LEAF, decode_image(LEAF), "apple__healthy")
    away.get_client().close()


def store(layout: Layout, content: bytes) -> str:
    """Put a photograph into a dataset store; return its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = layout.image_path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sha256


def test_a_photo_alike_comes_from_the_servers_store_and_once(
    control: Control, tmp_path: Path
) -> None:
    sha256 = store(control.layout, LEAF)
    connection = Connection(control.url, key_path=control.secret_path)
    pictures = ReferencePictures(Layout(home=tmp_path), connection)
    assert pictures.find(sha256, is_online=False) is None
    picture = pictures.find(sha256, is_online=True)
    assert picture is not None
    assert picture.shape == (THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX, 3)
    control.layout.image_path(sha256).unlink()
    assert pictures.find(sha256, is_online=True) is picture
    assert pictures.find("0" * 64, is_online=True) is None
    connection.get_client().close()


def test_a_key_that_may_only_ask_sees_no_photo_of_the_store(
    control: Control, tmp_path: Path
) -> None:
    sha256 = store(control.layout, LEAF)
    key_path = tmp_path / "predict.key"
    key_path.write_text(f"secret-of-{Role.PREDICT}\n")
    connection = Connection(control.url, key_path=key_path)
    assert ReferencePictures(Layout(home=tmp_path), connection).find(sha256, is_online=True) is None
    connection.get_client().close()


def test_feedback_to_an_answer_reaches_the_photo_that_it_is_about(
    diagnoser: HttpDiagnoser, control: Control
) -> None:
    # A replica keeps four photos a second: not one that comes right after another test's.
    threading.Event().wait(0.3)
    diagnosis = diagnoser.diagnose(LEAF)
    assert diagnosis.request_id is not None
    recent = RecentPhotos(control.layout.recent_photos_dir, max_photos=10)
    for _ in range(100):
        if recent.find(diagnosis.request_id):
            break
        threading.Event().wait(0.05)
    recent.close()
    teller = Teller(control.url, control.secret_path)
    assert teller.give(diagnosis.request_id, "tomato__late_blight") is None
    uploads = control.http.get("/v1/uploads").json()
    assert [upload["created_by"] for upload in uploads] == ["feedback"]


def test_feedback_that_is_not_taken_says_what_to_do(
    diagnoser: HttpDiagnoser, control: Control
) -> None:
    gone = Teller(control.url, control.secret_path).give("never-asked", "apple__healthy")
    assert gone is not None
    assert "Diagnose it again" in gone
    away = Teller("http://127.0.0.1:1", control.secret_path).give("r1", "apple__healthy")
    assert away is not None
    assert "Try again when it is online" in away
