"""A right status with a wrong body is a fault; what is sent is a form that a server reads."""

import io
import json
from collections import Counter
from email import message_from_bytes

import pytest
from PIL import Image

from loadtest.load.answers import check_batch, check_schema, check_upload, find_failure
from loadtest.load.forms import encode_form
from loadtest.patience import Failure
from loadtest.photos import Photo, find_data_paths, load_mixed_bytes
from serve_app.schemas import ReadinessResponse

PHOTOS = [Photo(image_bytes=b"", class_name=name) for name in ("apple__scab", "apple__healthy")]
CHECKED = {
    "upload_id": "u1",
    "status": "checked",
    "created_at": "2026-01-31T12:00:00Z",
    "created_by": "admin",
    "total": 2,
    "checked": 2,
    "accepted": 1,
    "rejected": 1,
    "suspicious": 0,
}


def to_batch(*class_names, model_version="v1"):
    results = [
        {"model_version": model_version, "predictions": [{"class_name": name}]}
        for name in class_names
    ]
    return json.dumps({"results": results}).encode()


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, to_batch("apple__scab", "apple__healthy"), None),
        (503, to_batch("apple__scab", "apple__healthy"), "status 503"),
        (200, b"<html>", "not a batch of predictions"),
        (200, b"[]", "not a batch of predictions"),
        (200, b'{"results": 2}', "not a batch of predictions"),
        (200, to_batch("apple__scab"), "1 results for 2 photographs"),
        (
            200,
            to_batch("apple__healthy", "apple__scab"),
            "another class than the model itself gives",
        ),
        (
            200,
            to_batch("apple__scab", "apple__healthy", model_version="v2"),
            "model version v2, not v1",
        ),
        (200, b'{"results": [{"error": 1}, {"error": 1}]}', "not a prediction"),
    ],
)
def test_every_photograph_of_a_batch_has_its_answer_in_its_place(status, body, fault):
    assert check_batch(PHOTOS, model_version="v1")(status, body) == fault


@pytest.mark.parametrize(
    ("status", "changes", "fault"),
    [
        (200, {}, None),
        (200, {"status": "checking", "total": 0, "checked": 0}, None),
        (202, {}, "status 202"),
        (200, {"status": "failed"}, "an upload that is failed"),
        (200, {"total": 3}, "an upload of 3 files, not 2"),
        (200, {"rejected": 0}, "1 files accepted and 0 rejected"),
        (200, {"total": None}, "not an upload"),
    ],
)
def test_an_upload_stands_where_it_should_with_every_file_judged(status, changes, fault):
    check = check_upload(
        status=200, num_files=2, upload_statuses=frozenset({"checking", "checked"})
    )
    assert check(status, json.dumps(CHECKED | changes).encode()) == fault


def test_an_answer_follows_the_contract():
    check = check_schema(ReadinessResponse)
    assert check(200, b'{"status": "ready", "model_version": "v1"}') is None
    assert check(200, b'{"status": "ready"}') == "not a ReadinessResponse"
    assert check(200, b"") == "not a ReadinessResponse"
    assert check(503, b'{"status": "ready", "model_version": "v1"}') == "status 503"


class Answer:
    """As Locust's: status, body and headers, or the error of a lost connection."""

    def __init__(self, status_code=0, content=None, headers=None, error=None):
        self.status_code, self.content = status_code, content
        self.headers, self.error = headers, error


def find(answer):
    return find_failure(answer, lambda status, body: None if body == b"right" else f"bad {status}")


def test_an_attempt_fails_for_what_came_or_because_nothing_came():
    assert find(Answer(200, b"right")) is None
    assert find(Answer(200, None)) == Failure(reason="bad 200", status=200)
    busy = find(Answer(503, b"busy", {"retry-after": "2"}))
    assert busy == Failure(reason="bad 503: busy", status=503, retry_after_s=2.0)
    lost = find(Answer(error=ConnectionResetError()))
    assert lost == Failure(reason="connection lost: ConnectionResetError")
    late = find(Answer(error=TimeoutError()))
    assert late is not None
    assert late.is_timeout


def test_a_form_holds_the_files_with_their_names():
    form = encode_form("image", [("a/b.jpg", b"one"), ("c.jpg", b"two\r\n")])
    message = message_from_bytes(f"Content-Type: {form.content_type}\r\n\r\n".encode() + form.body)
    parts = list(message.walk())[1:]
    assert [part.get_filename() for part in parts] == ["a/b.jpg", "c.jpg"]
    assert [part.get_param("name", header="content-disposition") for part in parts] == ["image"] * 2
    assert b"two\r\n" in form.body


def test_photographs_are_of_mixed_sizes():
    sizes = [Image.open(io.BytesIO(image)).size for image in load_mixed_bytes([])]
    assert Counter(min(size) for size in sizes) == {256: 12, 800: 3, 2400: 1}


def test_real_photographs_are_taken_where_they_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAFRAY_DATA", str(tmp_path))
    assert find_data_paths(tmp_path) == []
    (tmp_path / "val").mkdir()
    assert find_data_paths(tmp_path) == [tmp_path / "val"]
