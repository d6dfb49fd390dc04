"""One keep-alive connection: whatever was refused on it, the next photo is answered."""

import http.client
import json
import struct
import zlib

import pytest

from serve_app.schemas import ErrorBody

PREDICT = "/v1/predictions"
BATCH = "/v1/predictions/batch"
MIB = 1024 * 1024
JPEG = {"Content-Type": "image/jpeg"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def encode_png_bomb(side_px=50_000):
    """Return a PNG of 2.5 gigapixels in 60 kB."""
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\x00" * 60 * MIB)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def to_part(disposition, content):
    return b"--b\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n--b--\r\n"


def break_after_header(leaf):
    return leaf[:400] + b"\xff\xd9" * 400


BAD_REQUESTS = {
    "another type": lambda leaf: (PREDICT, {"Content-Type": "text/plain"}, leaf, 415),
    "no part": lambda leaf: (PREDICT, FORM, b"--b--\r\n", 422),
    "a part without a name": lambda leaf: (
        PREDICT,
        FORM,
        to_part(b"form-data; name=image", leaf),
        422,
    ),
    "no form in a batch": lambda leaf: (BATCH, JPEG, leaf, 415),
    "an unknown parameter": lambda leaf: (f"{PREDICT}?colour=green", JPEG, leaf, 422),
    "broken after its header": lambda leaf: (PREDICT, JPEG, break_after_header(leaf), 422),
    "a decompression bomb": lambda leaf: (PREDICT, JPEG, encode_png_bomb(), 413),
    "too large as announced": lambda leaf: (PREDICT, JPEG, b"\x00" * 25 * MIB, 413),
    "too large in pieces": lambda leaf: (PREDICT, JPEG, (b"\x00" * MIB for _ in range(26)), 413),
    "no key": lambda leaf: (PREDICT, {**JPEG, "Authorization": ""}, leaf, 401),
    "a wrong key": lambda leaf: (PREDICT, {**JPEG, "Authorization": "Bearer no"}, leaf, 401),
    "no such page": lambda leaf: ("/v1/nothing", JPEG, leaf, 404),
}


@pytest.fixture
def connection(service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    yield connection
    connection.close()


def post(connection, service, path, headers, body):
    headers = {"Authorization": f"Bearer {service.secret}", **headers}
    connection.request("POST", path, body=body, headers=headers)
    response = connection.getresponse()
    return response, response.read()


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_a_refusal_leaves_the_connection_usable(connection, service, drawn_leaf_bytes, name):
    path, headers, body, status = BAD_REQUESTS[name](drawn_leaf_bytes)
    response, answer = post(connection, service, path, headers, body)
    assert response.status == status, answer
    error = ErrorBody.model_validate_json(answer)
    assert error.message
    assert error.request_id == response.headers["X-Request-ID"]
    socket = connection.sock
    assert socket is not None, "the service closed the connection"
    response, answer = post(connection, service, PREDICT, JPEG, drawn_leaf_bytes)
    assert response.status == 200
    assert json.loads(answer)["predictions"]
    assert connection.sock is socket


def test_two_images_in_one_part_are_answered_as_the_first(connection, service, drawn_leaf_bytes):
    doubled = drawn_leaf_bytes + drawn_leaf_bytes[::-1]
    answers = [
        json.loads(post(connection, service, PREDICT, JPEG, body)[1])["predictions"]
        for body in (drawn_leaf_bytes, doubled)
    ]
    assert answers[0] == answers[1]
