"""What the client makes of answers, good and bad (its transport is a function here)."""

import itertools
import json

import httpx2
import pytest
import stamina

from serve_app.batch_form import BatchPhoto
from serve_app.client import (
    ApiError,
    ClientError,
    LeafrayClient,
    ServerUnreachableError,
    get_backoff,
)
from serve_app.schemas import BatchError, BatchPrediction

ANSWER = {
    "request_id": "r1",
    "model_version": "v1",
    "predictions": [
        {
            "class_name": "tomato__healthy",
            "dataset_label": "Tomato___healthy",
            "display_name": "Tomato healthy",
            "probability": 0.9,
        }
    ],
    "plausible": ["tomato__healthy"],
    "is_known": True,
    "ood_score": -0.9,
    "refusal": None,
    "heatmap_png": None,
    "timing_ms": {"decode": 1, "queue": 0, "infer": 2},
    "a_later_field": [1, 2],
}
BUSY = {"code": "busy", "message": "ask again", "request_id": "r2"}


class Service:
    """Answers with prepared responses or errors, the last one for ever."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def without_pauses():
    with stamina.set_testing(True, attempts=3):
        yield


def create_client(service, **options):
    return LeafrayClient(
        "http://127.0.0.1:8000/", "secret", transport=httpx2.MockTransport(service), **options
    )


def test_a_prediction_is_asked_and_read_as_the_contract_says():
    service = Service(httpx2.Response(200, json=ANSWER))
    with create_client(service) as client:
        answer = client.predict(b"jpeg", top_k=3, explain=True)
    (request,) = service.requests
    assert str(request.url) == "http://127.0.0.1:8000/v1/predictions?top_k=3&explain=true"
    assert request.headers["authorization"] == "Bearer secret"
    assert request.content == b"jpeg"
    assert answer.predictions[0].class_name == "tomato__healthy"


def test_a_busy_service_is_asked_again_a_few_times():
    service = Service(httpx2.Response(503, json=BUSY), httpx2.Response(200, json=ANSWER))
    with create_client(service) as client:
        assert client.predict(b"jpeg").model_version == "v1"
    assert len(service.requests) == 2

    stays_busy = Service(httpx2.Response(503, json=BUSY, headers={"Retry-After": "1"}))
    with create_client(stays_busy) as client, pytest.raises(ApiError) as refused:
        client.predict(b"jpeg")
    assert len(stays_busy.requests) == 3
    assert (refused.value.code, refused.value.status) == ("busy", 503)
    assert (refused.value.request_id, str(refused.value)) == ("r2", "ask again")


def test_a_lost_connection_is_tried_again_but_not_a_slow_answer():
    lost = Service(httpx2.ConnectError("refused"))
    with create_client(lost) as client, pytest.raises(ServerUnreachableError, match="No service"):
        client.get_model()
    assert len(lost.requests) == 3

    slow = Service(httpx2.ReadTimeout("slow"))
    with create_client(slow) as client, pytest.raises(ServerUnreachableError, match="in time"):
        client.get_model()
    assert len(slow.requests) == 1


def test_a_refused_photo_is_not_sent_again():
    body = {"code": "truncated", "message": "copy it again", "request_id": "r3"}
    service = Service(httpx2.Response(422, json=body))
    with create_client(service) as client, pytest.raises(ApiError) as refused:
        client.predict(b"half")
    assert len(service.requests) == 1
    assert refused.value.code == "truncated"


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, text="<html>another server</html>"),
        httpx2.Response(200, json={"model_version": 3}),
        httpx2.Response(404, text="Not Found"),
        httpx2.Response(502, content=b"\xff\xfe"),
        httpx2.Response(302, headers={"Location": "http://elsewhere/"}),
    ],
)
def test_a_stranger_at_the_address_is_told_apart(response):
    with create_client(Service(response)) as client, pytest.raises(ApiError) as refused:
        client.get_model()
    assert refused.value.code == "unexpected_answer"


def test_ray_serves_own_overload_answer_counts_as_busy():
    service = Service(httpx2.Response(503, text="Request dropped due to backpressure"))
    with create_client(service) as client, pytest.raises(ApiError, match="backpressure") as refused:
        client.predict(b"jpeg")
    assert refused.value.code == "busy"


BATCH_ANSWER = {
    "request_id": "r5",
    "results": [
        {"name": "a.jpg", **ANSWER},
        {"name": "b.jpg", "code": "truncated", "message": "copy it", "request_id": "r5.1"},
    ],
}
BATCH = [BatchPhoto(name=name, image_bytes=b"jpeg" * 50_000) for name in ("a.jpg", "b.jpg")]


def test_a_batch_is_one_request_whose_results_are_told_apart():
    service = Service(httpx2.Response(200, json=BATCH_ANSWER))
    with create_client(service) as client:
        good, bad = client.predict_batch(BATCH, top_k=2)
    (request,) = service.requests
    assert str(request.url) == "http://127.0.0.1:8000/v1/predictions/batch?top_k=2"
    assert request.headers["content-type"].startswith("multipart/form-data")
    assert isinstance(good, BatchPrediction)
    assert good.predictions[0].class_name == "tomato__healthy"
    assert isinstance(bad, BatchError)
    assert (bad.name, bad.code) == ("b.jpg", "truncated")


def test_the_progress_of_a_batch_starts_anew_when_it_is_sent_again():
    service = Service(httpx2.Response(503, json=BUSY), httpx2.Response(200, json=BATCH_ANSWER))
    calls = []
    with create_client(service) as client:
        client.predict_batch(BATCH, on_progress=lambda sent, total: calls.append((sent, total)))
    sent = [sent for sent, _ in calls]
    assert sum(after < before for before, after in itertools.pairwise(sent)) == 1
    assert calls[-1][0] == calls[-1][1] == len(service.requests[1].content)


def test_a_batch_answered_in_part_is_no_answer():
    short = {**BATCH_ANSWER, "results": BATCH_ANSWER["results"][:1]}
    service = Service(httpx2.Response(200, json=short))
    with create_client(service) as client, pytest.raises(ApiError, match="1 of 2") as refused:
        client.predict_batch(BATCH)
    assert refused.value.code == "unexpected_answer"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "pause_s"), [("2", 2.0), ("900", 5.0), ("Wed, 21 Oct 2026 07:28:00 GMT", True)]
)
def test_a_pause_that_the_service_asks_for_is_kept_within_a_bound(status, header, pause_s):
    response = httpx2.Response(status, json=BUSY, headers={"Retry-After": header})
    with create_client(Service(response)) as client, pytest.raises(ApiError) as refused:
        client.predict(b"jpeg")
    assert get_backoff(refused.value) == pause_s


def test_readiness_is_asked_once():
    body = {"code": "not_ready", "message": "soon", "request_id": "r4"}
    service = Service(httpx2.Response(503, json=body))
    with create_client(service) as client, pytest.raises(ApiError):
        client.get_readiness()


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:8000", "ftp://x", "http://", "http://[::", "x y", "http://h:0"),
        *("http://h:99999", "http://..", "http://\0", "http://xn--ä"),
        *(f"http://{'a' * 64}.org", "http://h?key=1", "http://h#top"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(url):
    with pytest.raises(ClientError, match="is no server address"):
        LeafrayClient(url)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(ClientError, match="no server address") as refused:
        LeafrayClient("http://me:hidden@h")
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://[::1]:8000", "https://ä.example/leaf/", "http://h:80"])
def test_unusual_addresses_are_taken(url):
    LeafrayClient(url).close()


@pytest.mark.parametrize("api_key", ["", " a", "a ", "ä", "a\n", "a\0", "x" * 5000])
def test_a_key_that_no_header_can_carry_is_refused(api_key):
    with pytest.raises(ClientError, match="API key"):
        LeafrayClient("http://h", api_key)


def test_without_a_key_none_is_sent():
    service = Service(httpx2.Response(200, json={"status": "ready", "model_version": "v1"}))
    with LeafrayClient("http://h", transport=httpx2.MockTransport(service)) as client:
        assert client.get_readiness().model_version == "v1"
    assert "authorization" not in service.requests[0].headers


def test_answers_survive_a_round_trip_through_json():
    service = Service(httpx2.Response(200, json=ANSWER))
    with create_client(service) as client:
        answer = client.predict(b"jpeg")
    given = {name: value for name, value in ANSWER.items() if name != "a_later_field"}
    assert json.loads(answer.model_dump_json()) == {"nearest": [], **given}
