"""Cut connections, full disks, killed processes: nothing is lost, nothing is half visible."""

import json
import resource
import socket
import time
from contextlib import contextmanager

import pytest

from cluster.uploads.recovery import recover
from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app.client import LeafrayClient
from serve_app.schemas import ErrorBody
from serve_app.upload_session import list_files
from serve_app.uploads.checker import UploadChecker
from serve_app.uploads.limits import UploadLimits
from tests.contract.upload_service import (
    HEALTHY,
    make_zip,
    start_control,
    start_process,
    wait_until_checked,
)

LIMITS = UploadLimits(idle_timeout_s=0.5, max_receiving=2)


def leaf(seed):
    return encode_jpeg(draw_leaf(seed, size_px=96))


@pytest.fixture
def control(champion_dir, tmp_path):
    with start_control(champion_dir, tmp_path / "home", limits=LIMITS) as control:
        yield control


def list_folders(control):
    return [path for path in control.layout.uploads_dir.iterdir() if path.is_dir()]


def wait_for(is_so, timeout_s=10.0):
    deadline_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def make_body(files):
    body = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in files.items()
    )
    return body + b"--b--\r\n"


def send_head(control, path, num_bytes):
    port = int(control.url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {control.secret}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {num_bytes}\r\n\r\n".encode()
    )
    return connection


def test_a_cut_connection_leaves_no_upload(control):
    body = make_body({f"{HEALTHY}/{seed}.jpg": leaf(seed) for seed in range(4)})
    with send_head(control, "/v1/uploads", len(body)) as connection:
        connection.sendall(body[: len(body) // 2])
        wait_for(lambda: list_folders(control))
        assert control.http.get("/v1/uploads").json() == []
    wait_for(lambda: not list_folders(control))
    assert control.http.get("/v1/uploads").json() == []


def test_a_sender_that_stalls_is_let_go(control):
    body = make_body({f"{HEALTHY}/1.jpg": leaf(1)})
    with send_head(control, "/v1/uploads", len(body)) as connection:
        connection.sendall(body[:400])
        answer = connection.recv(65536)
    assert b" 408 " in answer.partition(b"\r\n")[0]
    wait_for(lambda: not list_folders(control))


def test_what_came_whole_before_a_cut_is_not_sent_again(control, tmp_path):
    folder = tmp_path / "photos"
    (folder / HEALTHY).mkdir(parents=True)
    for seed in range(6):
        (folder / HEALTHY / f"{seed}.jpg").write_bytes(leaf(seed))
    files = list_files(folder)
    with LeafrayClient(control.url, control.secret) as client:
        upload_id = client.uploads.begin().upload_id
        body = make_body({file.name: (folder / file.name).read_bytes() for file in files})
        with send_head(control, f"/v1/uploads/{upload_id}/files", len(body)) as connection:
            wait_for(control.layout.upload_path(upload_id, "received.jsonl").exists)
            connection.sendall(body[: len(body) // 2])
            time.sleep(0.2)  # What has come is with the server, in memory.
        wait_for(lambda: len(client.uploads.list_missing(upload_id, files)) < 6)
        missing = client.uploads.list_missing(upload_id, files)
        assert 1 < len(missing) < 6
        progress = []
        client.uploads.send_files(upload_id, files, on_progress=lambda *now: progress.append(now))
        assert client.uploads.list_missing(upload_id, files) == []
        # Sent again by a client that did not hear the answer, they are no duplicates.
        client.uploads.send_files(upload_id, files)
        answer = control.http.post(
            f"/v1/uploads/{upload_id}/files",
            content=body,
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
        assert answer.status_code == 200
        client.uploads.finish(upload_id)
        upload = client.uploads.wait_until_checked(upload_id, timeout_s=60)
    assert (upload.total, upload.accepted) == (6, 6)
    assert progress[-1] == (sum(file.num_bytes for file in files),) * 2
    parts = [path for path in control.layout.upload_dir(upload_id).iterdir() if "part" in path.name]
    assert parts == []


def test_an_upload_that_is_finished_takes_no_more_files(control):
    path = f"/v1/uploads/{control.http.post('/v1/uploads').json()['upload_id']}"
    assert control.http.post(f"{path}/files", files={"file": ("a.jpg", leaf(0))}).is_success
    assert control.http.post(f"{path}/finish").json()["status"] == "checking"
    assert control.http.post(f"{path}/finish").status_code == 202
    answer = control.http.post(f"{path}/files", files={"file": ("late.jpg", leaf(9))})
    assert ErrorBody.model_validate_json(answer.content).code == "wrong_state"


def test_more_uploads_at_once_than_there_is_room_for_are_told_to_wait(control):
    with (
        send_head(control, "/v1/uploads", 1000),
        send_head(control, "/v1/uploads", 1000),
    ):
        wait_for(lambda: len(list_folders(control)) == 2)
        answer = control.http.post("/v1/uploads", files={"file": ("a.jpg", leaf(0))})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"


def check_full(response):
    assert response.status_code == 507, response.text
    body = ErrorBody.model_validate_json(response.content)
    assert body.code == "disk_full"
    assert "free some space" in body.message


def test_a_disk_that_is_nearly_full_takes_nothing(champion_dir, tmp_path):
    free = iter([10**9, 10**9, 0, 0, 0, 0, 0])
    limits = UploadLimits(min_free_bytes=10**6)
    options = {"limits": limits, "get_free_bytes": lambda: next(free)}
    with start_control(champion_dir, tmp_path, **options) as control:
        photos = [("file", (f"{HEALTHY}/{seed}.jpg", bytes(300_000))) for seed in range(4)]
        check_full(control.http.post("/v1/uploads", files=photos))
        assert list_folders(control) == []
        check_full(control.http.post("/v1/uploads", files=photos))


@contextmanager
def largest_file(num_bytes):
    """Let the system refuse every write beyond so many bytes of a file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_is_told_and_leaves_nothing(control):
    archive = make_zip({f"{HEALTHY}/{n}.jpg": bytes(500_000) for n in range(6)})
    with largest_file(10**6):
        check_full(control.http.post("/v1/uploads", files={"file": ("a.zip", archive)}))
        headers = {"Content-Type": "application/zip"}
        check_full(control.http.post("/v1/uploads", content=archive, headers=headers))
    assert list_folders(control) == []


def test_a_check_waits_until_the_disk_has_room_again(control):
    control.uploads.checker.close()
    archive = make_zip({f"{HEALTHY}/{seed}.jpg": leaf(seed) for seed in range(3)})
    answer = control.http.post("/v1/uploads", files={"file": ("a.zip", archive)})
    store, upload_id = control.uploads.store, answer.json()["upload_id"]
    checker = UploadChecker(store, LIMITS, lambda: control.champion_dir)
    with largest_file(1000):
        checker.check_waiting()
    waiting = store.get(upload_id)
    assert waiting.status == "checking"
    assert waiting.reason is not None
    assert "free some space" in waiting.reason
    checker.check_waiting()
    checked = store.get(upload_id)
    assert (checked.status, checked.accepted, checked.reason) == ("checked", 3, None)


def test_a_process_that_is_killed_while_it_checks_is_gone_on_from(champion_dir, tmp_path):
    num_photos = 120
    archive = make_zip({f"{HEALTHY}/{seed}.jpg": leaf(seed) for seed in range(num_photos)})
    zip_path = tmp_path / "photos.zip"
    zip_path.write_bytes(archive)
    with start_process(champion_dir, tmp_path) as (_, client):
        upload_id = client.uploads.send_archive(zip_path).upload_id
        wait_for(lambda: client.uploads.get(upload_id).checked > 5, timeout_s=60)
        broken = client.uploads.begin().upload_id
    items_path = tmp_path / "uploads" / upload_id / "items.jsonl"
    num_before = len(items_path.read_bytes().splitlines())
    assert 5 < num_before < num_photos
    with items_path.open("ab") as file:
        file.write(b'{"name": "half a li')
    with start_control(champion_dir, tmp_path) as control:
        upload = wait_until_checked(control.http, upload_id)
        assert (upload["status"], upload["accepted"]) == ("checked", num_photos)
        items = control.uploads.store.list_items(upload_id)
        assert [item.name for item in items] == [f"{HEALTHY}/{n}.jpg" for n in range(num_photos)]
        assert control.http.get(f"/v1/uploads/{broken}").json()["status"] == "receiving"


def test_a_file_that_ends_the_process_each_time_fails_its_upload(control):
    control.uploads.checker.close()
    archive = make_zip({f"{HEALTHY}/{seed}.jpg": leaf(seed) for seed in range(3)})
    answer = control.http.post("/v1/uploads", files={"file": ("a.zip", archive)})
    upload_id = answer.json()["upload_id"]
    control.layout.upload_path(upload_id, "starts").write_text("0\n0\n0\n")
    with start_control(control.champion_dir, control.layout.home, limits=LIMITS) as other:
        upload = wait_until_checked(other.http, upload_id)
    assert upload["status"] == "failed"
    assert f"{HEALTHY}/0.jpg" in upload["reason"]


def test_what_dead_processes_left_is_put_in_order(champion_dir, tmp_path):
    with start_control(champion_dir, tmp_path, limits=LIMITS) as control:
        files = {"file": (f"{HEALTHY}/1.jpg", leaf(1))}
        done = control.http.post("/v1/uploads", files=files).json()["upload_id"]
        wait_until_checked(control.http, done)
        stale = control.http.post("/v1/uploads").json()["upload_id"]
    layout = control.layout
    half = layout.upload_dir("up-half-received")
    half.mkdir()
    (half / "part-1").write_bytes(b"half")
    state = json.loads(layout.upload_path(done, "upload.json").read_text())
    layout.upload_path(done, "upload.json").write_text(json.dumps(state | {"status": "discarded"}))
    recover(control.uploads.store, now_s=time.time() + 2 * 24 * 3600)
    assert not half.exists()
    assert not layout.quarantine_dir(done).exists()
    upload = control.uploads.store.get(stale)
    assert upload.status == "failed"
    assert upload.reason
