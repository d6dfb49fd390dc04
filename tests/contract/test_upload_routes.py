"""Uploads over real HTTP: what comes in, what is refused with a reason, what people decide."""

import threading

import numpy as np
import pytest
from PIL import Image

from cluster.keys import Role
from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app.schemas import ErrorBody
from serve_app.uploads.limits import UploadLimits
from tests.contract.upload_service import (
    HEALTHY,
    LATE_BLIGHT,
    list_codes,
    make_zip,
    start_control,
    upload_zip,
    wait_until_checked,
)

LIMITS = UploadLimits(max_files=40, max_total_bytes=4 * 2**20, max_file_bytes=2**20)


def leaf(seed):
    return encode_jpeg(draw_leaf(seed, size_px=96))


@pytest.fixture(scope="module")
def control(champion_dir, tmp_path_factory):
    home = tmp_path_factory.mktemp("uploads")
    with start_control(champion_dir, home, limits=LIMITS) as control:
        yield control


def check_error(response, status, code):
    assert response.status_code == status, response.text
    body = ErrorBody.model_validate_json(response.content)
    assert body.code == code
    assert body.request_id == response.headers["x-request-id"]
    return body.message


def post(control, files, **options):
    form = [("file", file) for file in files]
    return control.http.post("/v1/uploads", files=form, **options)


def test_a_form_of_photographs_is_checked(control):
    files = [(f"{HEALTHY}/{seed}.jpg", leaf(seed)) for seed in range(3)]
    files += [(f"{HEALTHY}/again.jpg", leaf(0)), ("nowhere.jpg", leaf(9))]
    files += [(f"{HEALTHY}/notes.txt", b"no photograph"), ("Weeds/1.jpg", leaf(10))]
    files += [(f"{HEALTHY}/cut.jpg", leaf(11)[:800]), (f"{HEALTHY}/empty.jpg", b"")]
    files += [(f"{HEALTHY}/tiny.jpg", encode_jpeg(draw_leaf(12, size_px=32)))]
    files += [(f"{HEALTHY}/huge.jpg", leaf(13) + bytes(LIMITS.max_file_bytes))]
    answer = post(control, files)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "checking"
    upload = wait_until_checked(control.http, answer.json()["upload_id"])
    assert (upload["status"], upload["total"], upload["accepted"]) == ("checked", 11, 3)
    assert upload["created_by"] == "contribute"
    assert list_codes(control.http, upload) == {
        f"{HEALTHY}/again.jpg": "duplicate",
        "nowhere.jpg": "unlabelled",
        f"{HEALTHY}/notes.txt": "not_an_image",
        "Weeds/1.jpg": "unknown_label",
        f"{HEALTHY}/cut.jpg": "truncated",
        f"{HEALTHY}/empty.jpg": "empty",
        f"{HEALTHY}/tiny.jpg": "too_small",
        f"{HEALTHY}/huge.jpg": "too_many_bytes",
    }
    table = control.http.get(
        f"/v1/uploads/{upload['upload_id']}/rejections", params={"format": "csv"}
    )
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.splitlines()) == 1 + upload["rejected"]


def test_labels_in_a_table_label_what_folders_do_not_and_contradictions_are_refused(control):
    table = (
        f"path;label\r\na.jpg;{HEALTHY}\r\n{LATE_BLIGHT}/b.jpg;{HEALTHY}\r\nд/в.jpg;tomato healthy"
    )
    files = [("a.jpg", leaf(20)), (f"{LATE_BLIGHT}/b.jpg", leaf(21)), ("д/в.jpg", leaf(22))]
    for upload in (
        post(control, [*files, ("labels.csv", table.encode("utf-8-sig"))]).json(),
        upload_zip(control, make_zip(dict([*files, ("labels.csv", table)]))).json(),
        upload_zip(
            control,
            make_zip({f"root/{name}": data for name, data in [*files, ("labels.csv", table)]}),
        ).json(),
    ):
        upload = wait_until_checked(control.http, upload["upload_id"])
        assert (upload["accepted"], upload["rejected"]) == (2, 1)
        assert set(list_codes(control.http, upload).values()) == {"conflicting_labels"}


@pytest.mark.parametrize(
    ("table", "reason"),
    [(b"file,class\na,b\n", "path,label"), (b"path,label\n\xff,b\n", "UTF-8")],
)
def test_a_table_that_cannot_be_read_fails_the_upload_with_its_reason(control, table, reason):
    answer = upload_zip(control, make_zip({"a.jpg": leaf(1), "labels.csv": table})).json()
    upload = wait_until_checked(control.http, answer["upload_id"])
    assert upload["status"] == "failed"
    assert reason in upload["reason"]
    assert not control.layout.quarantine_dir(upload["upload_id"]).exists()


def test_one_photograph_under_two_labels_is_refused_under_both(control):
    files = [(f"{HEALTHY}/a.jpg", leaf(30)), (f"{LATE_BLIGHT}/a.jpg", leaf(30))]
    upload = wait_until_checked(control.http, post(control, files).json()["upload_id"])
    assert set(list_codes(control.http, upload).values()) == {"conflicting_labels"}
    assert upload["accepted"] == 0


def test_a_label_is_corrected_then_the_upload_is_accepted(control):
    files = [(f"{HEALTHY}/a.jpg", leaf(40)), ("b.jpg", leaf(41)), (f"{HEALTHY}/c.jpg", leaf(42))]
    upload_id = post(control, files).json()["upload_id"]
    wait_until_checked(control.http, upload_id)
    items = control.http.get(f"/v1/uploads/{upload_id}/items").json()["items"]
    hashes = {item["name"]: item["sha256"] for item in items}
    path = f"/v1/uploads/{upload_id}/items"
    answer = control.http.patch(f"{path}/{hashes['b.jpg']}", json={"class_name": LATE_BLIGHT})
    assert answer.json()["class_name"] == "tomato__late_blight"
    left_out = hashes[f"{HEALTHY}/c.jpg"]
    answer = control.http.patch(f"{path}/{left_out}", json={"class_name": None})
    assert answer.json()["code"] == "refused_by_reviewer"
    answer = control.http.patch(f"{path}/{left_out}", json={"class_name": "Triffid"})
    check_error(answer, 422, "unknown_label")
    check_error(
        control.http.patch(f"{path}/{'0' * 64}", json={"class_name": None}), 409, "wrong_state"
    )

    accepted = control.http.post(f"/v1/uploads/{upload_id}/accept").json()
    assert (accepted["status"], accepted["accepted"], accepted["rejected"]) == ("accepted", 2, 1)
    assert control.http.post(f"/v1/uploads/{upload_id}/accept").json() == accepted
    stored = control.uploads.store.list_accepted(upload_id)
    assert {item.class_name for item in stored} == {"tomato__healthy", "tomato__late_blight"}
    for item in stored:
        assert control.layout.image_path(item.sha256).read_bytes() in (leaf(40), leaf(41))
    assert not control.layout.image_path(left_out).exists()
    assert not control.layout.quarantine_dir(upload_id).exists()
    check_error(control.http.delete(f"/v1/uploads/{upload_id}"), 409, "wrong_state")
    check_error(
        control.http.patch(f"{path}/{left_out}", json={"class_name": None}), 409, "wrong_state"
    )

    again = post(control, files).json()["upload_id"]
    codes = list_codes(control.http, wait_until_checked(control.http, again))
    assert codes[f"{HEALTHY}/a.jpg"] == codes["b.jpg"] == "already_stored"


def test_a_discarded_upload_leaves_no_photograph(control):
    upload_id = post(control, [(f"{HEALTHY}/a.jpg", leaf(50))]).json()["upload_id"]
    wait_until_checked(control.http, upload_id)
    assert control.http.delete(f"/v1/uploads/{upload_id}").json()["status"] == "discarded"
    assert control.http.delete(f"/v1/uploads/{upload_id}").status_code == 200
    assert not control.layout.quarantine_dir(upload_id).exists()
    check_error(control.http.post(f"/v1/uploads/{upload_id}/accept"), 409, "wrong_state")


def test_copies_of_one_leaf_are_one_group(control):
    noise = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    light = np.asarray(Image.fromarray(noise).resize((200, 200), Image.Resampling.BICUBIC))
    files = [
        (f"{HEALTHY}/a.jpg", encode_jpeg(light)),
        (f"{HEALTHY}/b.jpg", encode_jpeg(light[::2, ::2])),
        (f"{HEALTHY}/leaf.jpg", leaf(60)),
        (f"{HEALTHY}/leaf_90deg.jpg", leaf(61)),
        (f"{HEALTHY}/other.jpg", leaf(62)),
    ]
    upload_id = post(control, files).json()["upload_id"]
    assert wait_until_checked(control.http, upload_id)["accepted"] == 5
    items = control.http.get(f"/v1/uploads/{upload_id}/items").json()["items"]
    groups = [item["group_id"] for item in items]
    assert groups[0] == groups[1]
    assert groups[2] == groups[3]
    assert len(set(groups)) == 3


def test_the_same_zip_twice_at_once_does_no_harm(control):
    archive = make_zip({f"{HEALTHY}/{seed}.jpg": leaf(seed) for seed in range(70, 80)})
    answers = run_at_once(lambda: upload_zip(control, archive), 2)
    ids = [answer.json()["upload_id"] for answer in answers]
    assert [wait_until_checked(control.http, name)["accepted"] for name in ids] == [10, 10]
    accepts = iter(ids)
    answers = run_at_once(lambda: control.http.post(f"/v1/uploads/{next(accepts)}/accept"), 2)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    statuses = {control.http.get(f"/v1/uploads/{name}").json()["status"] for name in ids}
    assert statuses == {"accepted", "checked"}


def run_at_once(call, count):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(call())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_who_may_not_contribute_is_told_so_though_a_large_body_comes(control):
    photos = [(f"{HEALTHY}/{seed}.jpg", bytes(300_000)) for seed in range(10)]
    for secret, status, code in ((Role.PREDICT, 403, "forbidden"), ("x", 401, "unauthorized")):
        headers = {"Authorization": f"Bearer secret-of-{secret}"}
        check_error(post(control, photos, headers=headers), status, code)
        assert control.http.get("/v1/uploads", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ([(f"{n}.jpg", b"x") for n in range(41)], 413, "too_many_files"),
        ([(f"{n}.jpg", bytes(2**20)) for n in range(5)], 413, "body_too_large"),
        ([("a.jpg", b"x"), ("b.zip", make_zip({"a": b""}))], 422, "mixed_form"),
        ([("a.zip", make_zip({"a": b""})), ("b.zip", make_zip({"a": b""}))], 422, "mixed_form"),
        ([("a.zip", make_zip({"a": b""})), ("b.jpg", b"x")], 422, "mixed_form"),
        ([("labels.csv", b"path,label")], 422, "no_image"),
        ([(None, b"a field")], 422, "unexpected_field"),
    ],
)
def test_a_form_that_cannot_be_used_leaves_nothing(control, files, status, code):
    before = sorted(control.layout.uploads_dir.iterdir())
    check_error(post(control, files), status, code)
    assert sorted(control.layout.uploads_dir.iterdir()) == before


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("multipart/form-data", b"x", 400, "bad_form"),
        ("multipart/form-data; boundary=a", b"no form at all", 400, "bad_form"),
        ("multipart/form-data; boundary=" + "a" * 500, b"x", 400, "bad_form"),
        (
            "multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="f"; filename="a.jpg"\r\n\r\nhalf',
            400,
            "bad_form",
        ),
        ("image/jpeg", b"x", 415, "unsupported_media_type"),
        ("application/zip", b"no zip", 422, "not_a_zip"),
    ],
)
def test_other_bodies_are_refused_and_leave_nothing(control, content_type, body, status, code):
    before = sorted(control.layout.uploads_dir.iterdir())
    headers = {"Content-Type": content_type}
    check_error(control.http.post("/v1/uploads", content=body, headers=headers), status, code)
    assert sorted(control.layout.uploads_dir.iterdir()) == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/uploads/nothing", 404),
        ("GET", "/v1/uploads/..%2f..%2fkeys", 404),
        ("GET", "/v1/uploads/nothing/items", 404),
        ("GET", "/v1/uploads/nothing/rejections", 404),
        ("POST", "/v1/uploads/nothing/finish", 404),
        ("POST", "/v1/uploads/nothing/accept", 404),
        ("POST", "/v1/uploads/nothing/files", 404),
        ("DELETE", "/v1/uploads/nothing", 404),
        ("GET", "/v1/uploads?limit=0", 422),
        ("GET", "/v1/uploads/nothing?x=1", 422),
    ],
)
def test_what_is_not_there_is_said(control, method, path, status):
    response = control.http.request(method, path)
    assert response.status_code == status
    ErrorBody.model_validate_json(response.content)


def test_uploads_are_listed_the_newest_first(control):
    ids = [control.http.post("/v1/uploads").json()["upload_id"] for _ in range(2)]
    listed = control.http.get("/v1/uploads", params={"limit": 2}).json()
    assert {upload["upload_id"] for upload in listed} == set(ids)
    assert listed[0]["status"] == "receiving"
    check_error(control.http.post(f"/v1/uploads/{ids[0]}/finish"), 409, "wrong_state")
    check_error(control.http.post(f"/v1/uploads/{ids[0]}/accept"), 409, "wrong_state")
