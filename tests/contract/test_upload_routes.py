"""Uploads over real HTTP: what comes in, what is refused with a reason, what people decide."""

import io
import json
import time
import zipfile

import httpx2
import pytest

from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.contract.upload_service import LATE_BLIGHT, HEALTHY, start_control


def leaf(seed, **options):
    return encode_jpeg(draw_leaf(seed, **options))


@pytest.fixture(scope="module")
def control(champion_dir, tmp_path_factory):
    with start_control(champion_dir, tmp_path_factory.mktemp("uploads")) as control:
        yield control


def wait_until_checked(http, upload_id, timeout_s=60):
    deadline_s = time.monotonic() + timeout_s
    while True:
        upload = http.get(f"/v1/uploads/{upload_id}").json()
        if upload["status"] not in {"receiving", "checking"}:
            return upload
        assert time.monotonic() < deadline_s, upload
        time.sleep(0.05)


def make_zip(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_form_of_photographs_is_checked(control):
    files = [("file", (f"{HEALTHY}/{seed}.jpg", leaf(seed))) for seed in range(3)]
    files.append(("file", (f"{HEALTHY}/again.jpg", leaf(0))))
    files.append(("file", ("nowhere.jpg", leaf(9))))
    files.append(("file", (f"{HEALTHY}/notes.txt", b"no photograph")))
    answer = control.http.post("/v1/uploads", files=files)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "checking"
    upload = wait_until_checked(control.http, answer.json()["upload_id"])
    assert (upload["status"], upload["total"], upload["accepted"]) == ("checked", 6, 3)
    rejections = control.http.get(f"/v1/uploads/{upload['upload_id']}/rejections").json()
    assert {row["name"]: row["code"] for row in rejections} == {
        f"{HEALTHY}/again.jpg": "duplicate",
        "nowhere.jpg": "unlabelled",
        f"{HEALTHY}/notes.txt": "not_an_image",
    }
