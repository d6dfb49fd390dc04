"""The work behind the tab on given photographs, with the real application on a real socket."""

import contextlib
import io
import json
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from cluster.keys import Role
from gui.contribute import events
from gui.contribute.state import ContributeState, Phase
from gui.contribute.values import Doubtful
from gui.kit.server_status import ServerMode
from gui.kit.tabs import Tab as WindowTab
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.contract.upload_service import HEALTHY, LATE_BLIGHT, Control, start_control
from tests.contract.window_driver import WindowDriver


class Tab(WindowDriver):
    """The tab, waited for."""

    def wait(self, is_done: Callable[[ContributeState], bool]) -> ContributeState:
        return self.wait_for_app(lambda state: is_done(state.contribute)).contribute

    def wait_for(self, phase: Phase) -> ContributeState:
        return self.wait(lambda state: state.phase is phase)


class Wire:
    """A way to a server that can be slow, cut while bytes go over it, and mended."""

    def __init__(self, url: str, *, delay_s: float = 0.0) -> None:
        self._delay_s = delay_s
        address = urlsplit(url)
        self._target = (address.hostname or "", address.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._bytes_left: int | None = None
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "Wire":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._cut()
        # Wakes the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def cut_after(self, *, num_bytes: int) -> None:
        """Break down once so many bytes have gone to the server."""
        self._bytes_left = num_bytes

    def mend(self) -> None:
        """Let bytes go through again."""
        self._bytes_left = None

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._bytes_left == 0:
                near.close()
                continue
            far = socket.create_connection(self._target)
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                is_up = source is near
                threading.Thread(target=self._pump, args=(source, sink, is_up), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, is_up: bool) -> None:
        try:
            while piece := source.recv(4096):
                if is_up and self._bytes_left is not None:
                    self._bytes_left = max(0, self._bytes_left - len(piece))
                    if not self._bytes_left:
                        self._cut()
                        return
                if is_up:
                    time.sleep(self._delay_s)
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def _cut(self) -> None:
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture(scope="module")
def control(champion_dir, tmp_path_factory) -> Iterator[Control]:
    with start_control(champion_dir, tmp_path_factory.mktemp("contribute")) as control:
        yield control


@pytest.fixture
def open_tab(monkeypatch, tmp_path) -> Iterator[Callable[..., Tab]]:
    """Return what opens a window on a server; its home is this test's own."""
    monkeypatch.setenv("LEAFRAY_HOME", str(tmp_path / "home"))
    tabs: list[Tab] = []

    def start(control: Control, role: Role = Role.CONTRIBUTE, url: str | None = None) -> Tab:
        key_path = tmp_path / f"{role}.key"
        key_path.write_text(f"secret-of-{role}\n")
        tabs.append(Tab(url or control.url, key_path, WindowTab.CONTRIBUTE))
        return tabs[-1]

    yield start
    for tab in tabs:
        tab.close()


@pytest.fixture
def leaf(request) -> Callable[[int], bytes]:
    first = sum(request.node.name.encode()) * 100
    return lambda seed: encode_jpeg(draw_leaf(first + seed, size_px=96))


@pytest.fixture
def folder(tmp_path: Path, leaf) -> Path:
    """Five leaves under labels, one without, one broken file."""
    root = tmp_path / "photos"
    for label, seeds in ((HEALTHY, range(3)), (LATE_BLIGHT, range(3, 5)), ("phone", (5,))):
        (root / label).mkdir(parents=True)
        for seed in seeds:
            (root / label / f"{seed}.jpg").write_bytes(leaf(seed))
    (root / HEALTHY / "broken.jpg").write_bytes(leaf(9)[:500])
    return root


def test_a_folder_is_looked_through_labelled_sent_reviewed_and_accepted(
    open_tab, control, folder
) -> None:
    tab = open_tab(control)
    tab.wait_for_server(ServerMode.ONLINE)
    tab.post(events.SourceNamed(path=folder))
    state = tab.wait_for(Phase.READY)
    assert (state.tally.num_ready, state.tally.num_unlabelled) == (5, 1)
    state = tab.wait(lambda state: state.guesses[0] == state.photos[state.desk[0]].sha256)
    assert state.guesses[1], "a model suggests classes"
    assert tab.session.contribute.get_picture(state.guesses[0]) is not None
    tab.post(events.LabelGiven(class_name="tomato__healthy"))
    tab.post(events.SendRequested())
    state = tab.wait_for(Phase.REVIEW)
    assert state.upload is not None
    assert (state.upload.total, state.upload.accepted) == (6, 6)
    assert state.transfer is not None
    assert state.transfer.num_files == 6
    sent = control.uploads.store.list_items(state.upload.upload_id)
    labels = {item.name: item.class_name for item in sent}
    assert labels[f"phone/{HEALTHY}/5.jpg"] == "tomato__healthy"
    tab.post(events.AcceptRequested())
    state = tab.wait_for(Phase.ENDED)
    assert state.upload is not None
    assert state.upload.status == "accepted"


def test_doubtful_labels_are_shown_and_mended(open_tab, control, leaf) -> None:
    files = {"1.jpg": leaf(1), "2.jpg": leaf(2)}
    form = [("file", (name, content)) for name, content in files.items()]
    upload_id = control.http.post("/v1/uploads", files=form).json()["upload_id"]
    tab = open_tab(control)
    state = tab.wait(
        lambda state: any(
            upload.upload_id == upload_id and upload.status == "checked"
            for upload in state.uploads or ()
        )
    )
    upload = next(upload for upload in state.uploads or () if upload.upload_id == upload_id)
    tab.post(events.UploadOpened(upload=upload))
    state = tab.wait(lambda state: len(state.doubtful) == 2)
    assert len(state.refused) == 2
    shown = state.shown
    assert isinstance(shown, Doubtful)
    tab.wait(lambda _: tab.session.contribute.get_picture(shown.sha256) is not None)
    tab.post(events.LabelGiven(class_name="tomato__late_blight"))
    state = tab.wait(lambda state: state.upload is not None and state.upload.accepted == 1)
    assert len(state.doubtful) == 1
    tab.post(events.DiscardRequested())
    state = tab.wait_for(Phase.ENDED)
    assert state.upload is not None
    assert state.upload.status == "discarded"


def test_a_zip_is_sent_like_a_folder(open_tab, control, tmp_path, leaf) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{HEALTHY}/1.jpg", leaf(1))
        archive.writestr(f"{LATE_BLIGHT}/2.jpg", leaf(2))
    tab = open_tab(control)
    tab.wait_for_server(ServerMode.ONLINE)
    tab.post(events.SourceNamed(path=path))
    tab.wait_for(Phase.READY)
    tab.post(events.SendRequested())
    state = tab.wait_for(Phase.REVIEW)
    assert state.upload is not None
    assert state.upload.accepted == 2


def test_a_cut_connection_loses_nothing_and_goes_on(open_tab, control, tmp_path, leaf) -> None:
    (tmp_path / HEALTHY).mkdir()
    for seed in range(60):
        (tmp_path / HEALTHY / f"{seed}.jpg").write_bytes(leaf(seed))
    with Wire(control.url) as wire:
        tab = open_tab(control, url=wire.url)
        tab.wait_for_server(ServerMode.ONLINE)
        tab.post(events.SourceNamed(path=tmp_path / HEALTHY))
        tab.wait_for(Phase.READY)
        wire.cut_after(num_bytes=150_000)
        tab.post(events.SendRequested())
        state = tab.wait_for(Phase.INTERRUPTED)
        assert state.problem is not None
        assert "Nothing is lost" in state.problem
        assert state.upload is not None
        assert state.transfer is not None
        assert 0 < state.transfer.num_files < 60
        cut_id = state.upload.upload_id
        wire.mend()
        tab.post(events.SendRequested())
        state = tab.wait(lambda state: state.phase in (Phase.CHECKING, Phase.REVIEW))
        assert state.upload is not None
        assert (state.upload.upload_id, state.upload.total) == (cut_id, 60)


def test_a_window_closed_in_the_middle_offers_the_upload_at_its_next_start(
    open_tab, control, folder, tmp_path
) -> None:
    upload_id = control.http.post("/v1/uploads").json()["upload_id"]
    arrived = folder / HEALTHY / "0.jpg"
    form = [("file", (f"{HEALTHY}/0.jpg", arrived.read_bytes()))]
    control.http.post(f"/v1/uploads/{upload_id}/files", files=form)
    kept = tmp_path / "home" / "window" / "upload.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(
        json.dumps(
            {
                "upload_id": upload_id,
                "server_url": control.url,
                "source": str(folder),
                "labels_path": "",
                "labels": {},
            }
        )
    )
    tab = open_tab(control)
    tab.wait_for_server(ServerMode.ONLINE)
    tab.wait(lambda state: state.unfinished is not None)
    tab.post(events.UnfinishedResumed())
    state = tab.wait_for(Phase.REVIEW)
    assert state.upload is not None
    assert (state.upload.upload_id, state.upload.total) == (upload_id, 5)
    tab.post(events.AcceptRequested())
    tab.wait_for(Phase.ENDED)
    tab.wait(lambda _: not kept.exists())


@pytest.fixture
def slow_tab(open_tab, control, tmp_path: Path, leaf) -> Iterator[Tab]:
    """A tab that sends sixty photographs over a slow line, and has begun."""
    (tmp_path / HEALTHY).mkdir()
    for seed in range(60):
        (tmp_path / HEALTHY / f"{seed}.jpg").write_bytes(leaf(seed))
    # 260 KB in pieces of 4 KB: more than a second.
    with Wire(control.url, delay_s=0.02) as wire:
        tab = open_tab(control, url=wire.url)
        tab.wait_for_server(ServerMode.ONLINE)
        tab.post(events.SourceNamed(path=tmp_path / HEALTHY))
        tab.wait_for(Phase.READY)
        tab.post(events.SendRequested())
        tab.wait(lambda state: state.transfer is not None and state.transfer.num_files > 0)
        yield tab


def test_a_pause_ends_the_sending_between_two_requests(slow_tab, control) -> None:
    slow_tab.post(events.PauseRequested())
    state = slow_tab.wait_for(Phase.PAUSED)
    assert state.upload is not None
    # The request under way comes to its end, and no other begins.
    time.sleep(1.0)
    received = control.layout.upload_path(state.upload.upload_id, "received.jsonl")
    assert 0 < len(received.read_text().splitlines()) < 60
    slow_tab.post(events.SendRequested())
    state = slow_tab.wait(lambda state: state.phase in (Phase.CHECKING, Phase.REVIEW))
    assert state.upload is not None
    assert state.upload.total == 60


def test_an_upload_left_on_its_way_is_offered_again_and_given_up(
    slow_tab, control, tmp_path
) -> None:
    slow_tab.post(events.PauseRequested())
    state = slow_tab.wait_for(Phase.PAUSED)
    assert state.upload is not None
    upload_id = state.upload.upload_id
    slow_tab.post(events.SourceNamed(path=None))
    state = slow_tab.wait(lambda state: state.unfinished is not None)
    assert state.unfinished is not None
    assert state.unfinished.upload_id == upload_id
    slow_tab.post(events.UnfinishedForgotten())
    slow_tab.wait(lambda _: control.uploads.store.get(upload_id).status == "discarded")
    assert not (tmp_path / "home" / "window" / "upload.json").exists()


def test_a_key_that_may_not_contribute_is_said(open_tab, control) -> None:
    tab = open_tab(control, Role.PREDICT)
    state = tab.wait(lambda state: state.refusal is not None)
    assert state.refusal is not None
    assert "may not contribute photographs" in state.refusal


def test_a_reviewer_sees_a_small_copy_of_a_photograph(control, leaf) -> None:
    large = io.BytesIO()
    Image.effect_noise((1500, 900), 40).convert("RGB").save(large, "JPEG")
    form = [("file", (f"{HEALTHY}/large.jpg", large.getvalue()))]
    upload_id = control.http.post("/v1/uploads").json()["upload_id"]
    control.http.post(f"/v1/uploads/{upload_id}/files", files=form)
    (path,) = (
        path for path in control.layout.quarantine_dir(upload_id).rglob("*") if path.is_file()
    )
    answer = control.http.get(f"/v1/uploads/{upload_id}/items/{path.name}/picture")
    assert answer.status_code == 200
    assert answer.json()["sha256"] == path.name


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("0" * 64, 404, "no_picture"), ("..%2fkeys", 404, None), ("short", 422, "invalid_request")],
)
def test_a_picture_that_is_not_there_is_said(control, name, status, code) -> None:
    upload_id = control.http.post("/v1/uploads").json()["upload_id"]
    answer = control.http.get(f"/v1/uploads/{upload_id}/items/{name}/picture")
    assert answer.status_code == status
    assert code is None or answer.json()["code"] == code
