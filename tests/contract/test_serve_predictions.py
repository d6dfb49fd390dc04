"""The HTTP contract of the predict application: answers, inputs good and bad, limits."""

import base64
import io
import socket
import struct
import zlib

import httpx2
import numpy as np
import pytest
from PIL import Image

from cluster.keys import Role
from models.fusion import fuse
from models.images import decode_image
from models.labels import CLASS_NAMES, get_label
from models.predictor import Predictor
from serve_app.client import ApiError, LeafrayClient
from serve_app.schemas import ErrorBody, PredictionResponse

PREDICT = "/v1/predictions"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def http(service):
    headers = {"Authorization": f"Bearer {service.secret}"}
    with httpx2.Client(base_url=service.url, headers=headers, trust_env=False, timeout=30) as http:
        yield http


@pytest.fixture(scope="module")
def predictor(champion_dir):
    return Predictor.load(champion_dir)


def post(http, content, content_type="image/jpeg", **options):
    headers = {"Content-Type": content_type} if content_type else {}
    return http.post(PREDICT, content=content, headers=headers, **options)


def check_error(response, status, code):
    assert response.status_code == status, response.text
    body = ErrorBody.model_validate_json(response.content)
    assert body.code == code
    assert body.message
    assert body.request_id == response.headers["x-request-id"]


def test_the_served_answer_equals_the_local_one(client, predictor, drawn_leaf_bytes):
    answer = client.predict(drawn_leaf_bytes, top_k=38)
    local = predictor.predict_bytes(drawn_leaf_bytes, top_k=38)
    assert answer.model_version == local.model_version
    assert answer.plausible == local.plausible
    assert answer.is_known == local.is_known
    assert answer.ood_score == pytest.approx(local.ood_score, abs=1e-6)
    assert [item.class_name for item in answer.predictions] == [
        item.class_name for item in local.top
    ]
    assert [item.probability for item in answer.predictions] == pytest.approx(
        [item.probability for item in local.top], abs=1e-6
    )
    assert sum(item.probability for item in answer.predictions) == pytest.approx(1)
    assert (answer.refusal is None) == answer.is_known


def test_an_answer_names_labels_times_and_its_request(http, drawn_leaf_bytes):
    response = post(http, drawn_leaf_bytes, params={"top_k": 3})
    answer = PredictionResponse.model_validate_json(response.content)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"] == answer.request_id
    assert len(answer.predictions) == 3
    for item in answer.predictions:
        label = get_label(item.class_name)
        assert item.dataset_label == label.dataset_label
        assert item.display_name == label.display_name
    assert answer.timing_ms.decode > 0
    assert answer.timing_ms.infer > 0
    assert answer.heatmap_png is None


def test_an_explanation_is_a_picture_with_the_photos_aspect_ratio(client):
    wide = np.zeros((100, 300, 3), dtype=np.uint8)
    wide[:, :, 1] = np.linspace(0, 255, 300)
    answer = client.predict(encode(Image.fromarray(wide), "JPEG"), explain=True)
    assert answer.heatmap_png is not None
    with Image.open(io.BytesIO(base64.b64decode(answer.heatmap_png)), formats=["PNG"]) as picture:
        assert picture.size == (300, 100)


@pytest.mark.parametrize(
    "content_type", ["image/jpeg", "image/png", "application/octet-stream", "IMAGE/JPEG; q=1", ""]
)
def test_a_raw_body_is_judged_by_its_bytes(http, drawn_leaf_bytes, content_type):
    assert post(http, drawn_leaf_bytes, content_type).status_code == 200


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_png_and_webp_are_read(http, drawn_leaf_bytes, kind):
    with Image.open(io.BytesIO(drawn_leaf_bytes)) as image:
        assert post(http, encode(image, kind)).status_code == 200


def test_a_form_with_one_photo_is_answered_as_its_raw_body(http, client, drawn_leaf_bytes):
    response = http.post(PREDICT, files={"photo": ("leaf.jpg", drawn_leaf_bytes)})
    answer = PredictionResponse.model_validate_json(response.content)
    assert answer.predictions == client.predict(drawn_leaf_bytes).predictions


def test_photos_of_one_plant_are_fused(http, predictor, drawn_leaf_bytes):
    other_bytes = encode(
        Image.effect_mandelbrot((64, 64), (-2, -1, 1, 1), 90).convert("RGB"), "PNG"
    )
    files = [("image", ("a.jpg", drawn_leaf_bytes)), ("image", ("b.png", other_bytes))]
    answer = PredictionResponse.model_validate_json(http.post(PREDICT, files=files).content)
    images = [decode_image(image_bytes) for image_bytes in (drawn_leaf_bytes, other_bytes)]
    outputs = predictor.infer(predictor.preprocess(images))
    fused, fault = fuse(outputs, [predictor.find_fault(image) for image in images])
    assert fault is None
    (expected,) = predictor.to_predictions(fused, [fault])
    assert answer.predictions[0].class_name == expected.top[0].class_name
    assert answer.predictions[0].probability == pytest.approx(expected.top[0].probability, abs=1e-4)


@pytest.mark.parametrize(
    ("files", "data", "status", "code"),
    [
        ([("image", (f"{n}.jpg", b"x")) for n in range(9)], None, 400, "bad_form"),
        ([("image", ("a.jpg", b"x"))], {"note": "mine"}, 422, "unexpected_field"),
        ([("image", ("a.jpg", b""))], None, 400, "empty"),
        ([("image", ("a.jpg", b"x"))], None, 415, "not_an_image"),
    ],
)
def test_forms_that_cannot_be_used(http, files, data, status, code):
    check_error(http.post(PREDICT, files=files, data=data), status, code)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("multipart/form-data", b"x", 400, "bad_form"),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 422, "no_image"),
        ("multipart/form-data; boundary=b", b"--b\r\ncut", 422, "no_image"),
        ("application/x-www-form-urlencoded", b"a=b", 415, "unsupported_media_type"),
        ("application/json", b"{}", 415, "unsupported_media_type"),
        ("text/plain", b"leaf", 415, "unsupported_media_type"),
    ],
)
def test_bodies_of_another_type(http, content_type, body, status, code):
    check_error(post(http, body, content_type), status, code)


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def encode_16_bit_png(size_px=32):
    header = struct.pack(">IIBBBBB", size_px, size_px, 16, 2, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\x12\x34" * 3 * size_px for _ in range(size_px))
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def draw(mode="RGB", size=(64, 64)):
    return Image.new(mode, size)


BAD_IMAGES = {
    "empty": (b"", 400, "empty"),
    "text": (b"this is no image", 415, "not_an_image"),
    "heic": (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64, 415, "unsupported_format"),
    "gif": (encode(draw("P"), "GIF"), 415, "unsupported_format"),
    "tiff": (encode(draw(), "TIFF"), 415, "unsupported_format"),
    "cut off": (encode(draw(size=(400, 400)), "JPEG")[:700], 422, "truncated"),
    "50 megapixels": (encode(draw("1", (10_000, 5_000)), "PNG"), 413, "too_many_pixels"),
    "tiny": (encode(draw(size=(4, 400)), "PNG"), 422, "too_few_pixels"),
    "cmyk": (encode(draw("CMYK"), "JPEG"), 415, "unsupported_colour"),
    "16 bit": (encode_16_bit_png(), 415, "unsupported_colour"),
    "animated": (
        encode(draw(), "WEBP", save_all=True, append_images=[Image.new("RGB", (64, 64), "red")]),
        415,
        "animated",
    ),
    "21 MiB": (b"\xff\xd8\xff" + b"\x00" * 21 * MIB, 413, "too_many_bytes"),
    "25 MiB": (b"\xff\xd8\xff" + b"\x00" * 25 * MIB, 413, "body_too_large"),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_bad_images_are_refused_with_their_reason(http, name):
    image_bytes, status, code = BAD_IMAGES[name]
    check_error(post(http, image_bytes), status, code)


def test_the_service_goes_on_after_bad_images(client, drawn_leaf_bytes):
    with pytest.raises(ApiError) as refused:
        client.predict(b"no image")
    assert (refused.value.status, refused.value.code) == (415, "not_an_image")
    assert client.predict(drawn_leaf_bytes).predictions


@pytest.mark.parametrize(
    "query", ["top_k=0", "top_k=39", "top_k=x", "explain=maybe", "topk=3", "top_k=1&verbose=1"]
)
def test_wrong_and_unknown_parameters_are_refused(http, drawn_leaf_bytes, query):
    response = http.post(
        f"{PREDICT}?{query}", content=drawn_leaf_bytes, headers={"Content-Type": "image/jpeg"}
    )
    check_error(response, 422, "invalid_request")


def test_a_chunked_body_beyond_the_limit_is_refused(http):
    def pieces():
        for _ in range(25):
            yield b"\x00" * MIB

    check_error(post(http, pieces()), 413, "body_too_large")


def test_a_sender_that_stalls_is_let_go(service):
    head = (
        f"POST {PREDICT} HTTP/1.1\r\nHost: leafray\r\nAuthorization: Bearer {service.secret}\r\n"
        "Content-Type: image/jpeg\r\nContent-Length: 1000\r\n\r\nhalf"
    )
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as caller:
        caller.sendall(head.encode())
        answer = b""
        while piece := caller.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_too_slow"' in answer


@pytest.mark.parametrize("path", [PREDICT, "/v1/model", "/v1/anything"])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic secret-of-admin"])
def test_strangers_are_refused_everywhere_below_v1(service, path, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    url = service.url + path
    with httpx2.Client(headers=headers, trust_env=False) as stranger:
        response = stranger.post(url, content=b"x" * MIB) if path == PREDICT else stranger.get(url)
    check_error(response, 401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_predict(service, drawn_leaf_bytes, role):
    with LeafrayClient(service.url, service.secrets[role]) as client:
        assert client.predict(drawn_leaf_bytes, top_k=1).predictions


def test_a_request_id_comes_back_when_it_is_harmless(http, drawn_leaf_bytes):
    for offered, is_kept in [("farm-1.leaf_2", True), ("x" * 65, False), ("a b", False)]:
        response = post(http, drawn_leaf_bytes, "image/jpeg")
        headers = {"X-Request-ID": offered, "Content-Type": "image/jpeg"}
        response = http.post(PREDICT, content=drawn_leaf_bytes, headers=headers)
        assert (response.json()["request_id"] == offered) is is_kept
        assert response.headers.get_list("x-request-id") == [response.json()["request_id"]]


def test_the_model_is_described(client, predictor):
    model = client.get_model()
    assert model.model_version == predictor.model_version
    assert model.card["class_names"] == list(CLASS_NAMES)
    assert model.since.tzinfo is not None
    assert model.drift is None


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", PREDICT, 405, "method_not_allowed"),
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/v1/model?x=1", 422, "invalid_request"),
    ],
)
def test_other_calls_are_refused_in_the_same_form(http, method, path, status, code):
    check_error(http.request(method, path), status, code)


def test_health_and_documents_are_open(service):
    with httpx2.Client(base_url=service.url, trust_env=False) as stranger:
        assert stranger.get("/healthz").json() == {"status": "ok"}
        assert stranger.get("/readyz").json()["status"] == "ready"
        assert stranger.get("/docs").status_code == 200
        document = stranger.get("/openapi.json").json()
    predict = document["paths"][PREDICT]["post"]
    assert {parameter["name"] for parameter in predict["parameters"]} == {"top_k", "explain"}
    assert set(predict["requestBody"]["content"]) >= {"image/jpeg", "multipart/form-data"}
    assert predict["security"] == [{"HTTPBearer": []}]
    assert set(predict["responses"]) >= {
        "200",
        "400",
        "401",
        "403",
        "408",
        "413",
        "415",
        "422",
        "429",
    }
    answer = document["components"]["schemas"]["PredictionResponse"]
    assert set(answer["properties"]) == set(PredictionResponse.model_fields)
    assert set(document["paths"]) == {
        PREDICT,
        f"{PREDICT}/batch",
        f"{PREDICT}/replica",
        "/v1/model",
        "/healthz",
        "/readyz",
        "/metrics",
    }
