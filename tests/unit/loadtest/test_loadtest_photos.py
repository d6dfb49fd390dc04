"""What is sent, and the check of what comes back."""

import json

import pytest

from loadtest.photos import NUM_PHOTOS, Photo, find_fault, load_image_bytes
from models.images import ImageError, decode_image

PHOTO = Photo(image_bytes=b"jpeg", class_name="tomato__late_blight")
ANSWER = {"model_version": "v1", "predictions": [{"class_name": "tomato__late_blight"}]}


def find(answer, status=200):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return find_fault(status, body, photo=PHOTO, model_version="v1")


def test_the_right_answer_has_no_fault():
    assert find(ANSWER) is None


@pytest.mark.parametrize(
    ("answer", "status", "fault"),
    [
        (ANSWER, 503, "status 503"),
        (ANSWER, 201, "status 201"),
        (b"<html>", 200, "not a prediction"),
        (b"\xff\xfe", 200, "not a prediction"),
        ([], 200, "not a prediction"),
        (None, 200, "not a prediction"),
        ({"model_version": "v1", "predictions": []}, 200, "not a prediction"),
        ({"model_version": "v1"}, 200, "not a prediction"),
        ({**ANSWER, "model_version": "v2"}, 200, "model version v2, not v1"),
        (
            {**ANSWER, "predictions": [{"class_name": "apple__healthy"}]},
            200,
            "another class than the model itself gives",
        ),
    ],
)
def test_any_other_answer_is_named(answer, status, fault):
    assert find(answer, status) == fault


def test_without_photographs_leaves_are_drawn():
    images = load_image_bytes([])
    assert len(images) == len(set(images)) == NUM_PHOTOS
    assert decode_image(images[0]).shape == (256, 256, 3)


def test_photographs_of_a_folder_are_bounded(tmp_path):
    drawn = load_image_bytes([])
    for idx in range(NUM_PHOTOS + 3):
        (tmp_path / f"{idx:02}.jpg").write_bytes(drawn[idx % NUM_PHOTOS])
    assert load_image_bytes([tmp_path]) == drawn


def test_a_missing_photograph_is_an_error(tmp_path):
    with pytest.raises(ImageError, match=r"absent\.jpg"):
        load_image_bytes([tmp_path / "absent.jpg"])
