"""``POST /v1/predictions/batch``: every photo is answered for itself, in order and by name."""

import itertools

import httpx2
import pytest

from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app.batch_form import BatchPhoto
from serve_app.client import ApiError
from serve_app.schemas import (
    MAX_BATCH_IMAGES,
    BatchError,
    BatchPrediction,
    BatchResponse,
    ErrorBody,
)

BATCH = "/v1/predictions/batch"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def http(service):
    headers = {"Authorization": f"Bearer {service.secret}"}
    with httpx2.Client(base_url=service.url, headers=headers, trust_env=False, timeout=30) as http:
        yield http


def check_error(response, status, code):
    assert response.status_code == status, response.text
    body = ErrorBody.model_validate_json(response.content)
    assert body.code == code
    assert body.request_id == response.headers["x-request-id"]


def test_each_photo_is_answered_as_if_it_came_alone(client):
    photos = [
        BatchPhoto(name=f"leaf {seed}.jpg", image_bytes=encode_jpeg(draw_leaf(seed)))
        for seed in range(5)
    ]
    results = client.predict_batch(photos, top_k=3)
    assert [result.name for result in results] == [photo.name for photo in photos]
    for photo, result in zip(photos, results, strict=True):
        alone = client.predict(photo.image_bytes, top_k=3)
        assert isinstance(result, BatchPrediction)
        assert result.predictions == alone.predictions
        assert result.plausible == alone.plausible
        assert result.ood_score == alone.ood_score
        assert result.refusal == alone.refusal
        assert result.model_version == alone.model_version


def test_bad_photos_are_named_and_spoil_nothing(client, drawn_leaf_bytes):
    batch = {
        "good.jpg": (drawn_leaf_bytes, None),
        "empty.jpg": (b"", "empty"),
        "cut.jpg": (drawn_leaf_bytes[:700], "truncated"),
        "notes.txt": (b"no photo", "not_an_image"),
        "good again.jpg": (drawn_leaf_bytes, None),
    }
    photos = [BatchPhoto(name=name, image_bytes=photo) for name, (photo, _) in batch.items()]
    results = client.predict_batch(photos)
    assert [result.name for result in results] == list(batch)
    codes = [result.code if isinstance(result, BatchError) else None for result in results]
    assert codes == [code for _, code in batch.values()]
    assert all(result.message for result in results if isinstance(result, BatchError))
    assert results[0].predictions == results[4].predictions


def test_a_batch_of_bad_photos_alone_is_still_answered(http):
    answer = http.post(BATCH, files=[("image", ("a.jpg", b"x")), ("image", ("b.jpg", b"y"))])
    assert answer.status_code == 200
    assert {item["code"] for item in answer.json()["results"]} == {"not_an_image"}


def test_every_result_has_an_id_of_its_own(http, drawn_leaf_bytes):
    files = [("image", ("a.jpg", drawn_leaf_bytes)), ("image", ("b.jpg", b"no photo"))]
    for offered in ("farm-7", "x" * 64):
        response = http.post(BATCH, files=files, headers={"X-Request-ID": offered})
        answer = BatchResponse.model_validate_json(response.content)
        assert answer.request_id == offered == response.headers["x-request-id"]
        ids = [result.request_id for result in answer.results]
        assert ids == [f"{offered[:60]}.0", f"{offered[:60]}.1"]


def test_names_in_any_script_come_back(client, drawn_leaf_bytes):
    for name in ("лист.jpg", "葉 1.png", "x" * 300, "no-unicode-\udcff.jpg", ""):
        (result,) = client.predict_batch([BatchPhoto(name=name, image_bytes=drawn_leaf_bytes)])
        shown = name.encode("utf-8", "replace").decode()
        assert result.name == (shown[:255] or "image")


def test_progress_reaches_all_of_the_bytes(client):
    leaves = [encode_jpeg(draw_leaf(seed, size_px=900), quality=95) for seed in range(3)]
    photos = [BatchPhoto(name=f"{idx}.jpg", image_bytes=leaf) for idx, leaf in enumerate(leaves)]
    calls = []
    client.predict_batch(photos, on_progress=lambda sent, total: calls.append((sent, total)))
    sent = [sent for sent, _ in calls]
    (total,) = {total for _, total in calls}
    assert sent == sorted(sent)
    assert sent[-1] == total > sum(len(leaf) for leaf in leaves)
    assert max(after - before for before, after in itertools.pairwise(sent)) <= 64 * 1024


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("image/jpeg", b"\xff\xd8\xff", 415, "unsupported_media_type"),
        ("application/json", b"{}", 415, "unsupported_media_type"),
        ("", b"x", 415, "unsupported_media_type"),
        ("multipart/form-data", b"x", 400, "bad_form"),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 422, "no_image"),
        ("multipart/form-data; boundary=b", b"", 422, "no_image"),
    ],
)
def test_what_is_no_form_of_photos_is_refused_as_a_whole(http, content_type, body, status, code):
    headers = {"Content-Type": content_type} if content_type else {}
    check_error(http.post(BATCH, content=body, headers=headers), status, code)


def test_a_batch_is_bounded_in_photos_and_bytes(http, drawn_leaf_bytes):
    files = [("image", (f"{idx}.jpg", b"x")) for idx in range(MAX_BATCH_IMAGES + 1)]
    check_error(http.post(BATCH, files=files), 400, "bad_form")
    large = [("image", (f"{idx}.jpg", b"\x00" * 9 * MIB)) for idx in range(3)]
    check_error(http.post(BATCH, files=large), 413, "body_too_large")
    whole = [("image", (f"{idx}.jpg", drawn_leaf_bytes)) for idx in range(MAX_BATCH_IMAGES)]
    assert len(http.post(BATCH, files=whole).json()["results"]) == MAX_BATCH_IMAGES


@pytest.mark.parametrize("query", ["top_k=0", "explain=true", "verbose=1"])
def test_wrong_and_unknown_parameters_are_refused(http, drawn_leaf_bytes, query):
    response = http.post(f"{BATCH}?{query}", files={"image": ("a.jpg", drawn_leaf_bytes)})
    check_error(response, 422, "invalid_request")


def test_a_refused_batch_is_an_error_of_the_client(client, drawn_leaf_bytes):
    photo = BatchPhoto(name="a.jpg", image_bytes=drawn_leaf_bytes)
    with pytest.raises(ApiError) as refused:
        client.predict_batch([photo] * (MAX_BATCH_IMAGES + 1))
    assert (refused.value.status, refused.value.code) == (400, "bad_form")
    with pytest.raises(ApiError, match="top_k"):
        client.predict_batch([photo], top_k=0)
