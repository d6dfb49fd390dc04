"""The load generator against a real HTTP server, well-behaved and not."""

import asyncio
import json
import socket
import threading
import time

import pytest
import uvicorn

from loadtest.closed_loop import Service, Window, ask_once, run_closed_loop
from loadtest.photos import Photo

PHOTOS = [Photo(image_bytes=f"image {idx}".encode(), class_name=f"c{idx}") for idx in range(3)]
WINDOW = Window(warm_s=0.1, measured_s=1.0, request_timeout_s=2.0)


class Server:
    """An ASGI application that answers with the class of the photograph, or misbehaves."""

    def __init__(self):
        self.behaviour = "right"
        self.requests = []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.requests.append((scope, body))
        if self.behaviour == "slow":
            await asyncio.sleep(1.0)
        class_idx = body.decode().removeprefix("image ")
        answer = json.dumps(
            {"model_version": "v1", "predictions": [{"class_name": f"c{class_idx}"}]}
        ).encode()
        headers = [(b"content-type", b"application/json")]
        if self.behaviour == "closing":
            headers.append((b"connection", b"close"))
        if self.behaviour not in {"chunked", "broken off"}:
            headers.append((b"content-length", str(len(answer)).encode()))
        if self.behaviour == "broken off":
            headers.append((b"content-length", str(len(answer) + 10).encode()))
        status = 503 if self.behaviour == "busy" else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for idx in range(0, len(answer), 16):
            await send(
                {
                    "type": "http.response.body",
                    "body": answer[idx : idx + 16],
                    "more_body": idx + 16 < len(answer),
                }
            )


@pytest.fixture(scope="module")
def running():
    server = Server()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(server, log_level="critical", lifespan="off")
    instance = uvicorn.Server(config)
    thread = threading.Thread(target=instance.run, kwargs={"sockets": [listener]})
    thread.start()
    port = listener.getsockname()[1]
    deadline_s = time.monotonic() + 30
    while not instance.started and time.monotonic() < deadline_s:
        time.sleep(0.01)
    yield server, Service(url=f"http://127.0.0.1:{port}", model_version="v1", api_key="secret")
    instance.should_exit = True
    thread.join(30)
    listener.close()


@pytest.fixture
def server(running):
    running[0].behaviour = "right"
    running[0].requests.clear()
    return running[0]


@pytest.fixture
def service(running):
    return running[1]


@pytest.mark.parametrize("behaviour", ["right", "chunked", "closing"])
@pytest.mark.parametrize("connections", [1, 4])
def test_right_answers_are_timed(server, service, behaviour, connections):
    server.behaviour = behaviour
    result = run_closed_loop(service, PHOTOS, connections=connections, window=WINDOW)
    assert not result.faults
    assert 0 < len(result.latencies_s) < len(server.requests)  # the warm ones are left out
    assert all(0 < latency_s < 2 for latency_s in result.latencies_s)
    assert {body for _, body in server.requests} == {photo.image_bytes for photo in PHOTOS}


def test_the_request_is_one_that_the_service_takes(server, service):
    assert ask_once(service, PHOTOS[0], timeout_s=5) is None
    scope, _ = server.requests[0]
    assert (scope["method"], scope["path"]) == ("POST", "/v1/predictions")
    headers = dict(scope["headers"])
    assert headers[b"authorization"] == b"Bearer secret"
    assert headers[b"content-type"] == b"image/jpeg"


@pytest.mark.parametrize(
    ("behaviour", "fault"), [("busy", "status 503"), ("broken off", "ConnectionResetError")]
)
def test_faults_are_counted_and_not_timed(server, service, behaviour, fault):
    server.behaviour = behaviour
    result = run_closed_loop(service, PHOTOS, connections=2, window=WINDOW)
    assert result.latencies_s == ()
    assert result.faults
    assert all(found.startswith(fault) for found in result.faults)


def test_another_model_is_a_fault(server, service):
    other = Service(url=service.url, model_version="v2")
    assert ask_once(other, PHOTOS[0], timeout_s=5) == "model version v1, not v2"


def test_a_server_that_hangs_is_a_fault_in_bounded_time(server, service):
    server.behaviour = "slow"
    window = Window(warm_s=0.0, measured_s=0.3, request_timeout_s=0.2)
    started_s = time.monotonic()
    result = run_closed_loop(service, PHOTOS, connections=2, window=window)
    assert time.monotonic() - started_s < 5
    assert set(result.faults) == {"TimeoutError"}


def test_a_request_that_ends_late_still_counts(server, service):
    server.behaviour = "slow"
    result = run_closed_loop(
        service, PHOTOS, connections=1, window=Window(warm_s=0.0, measured_s=0.1)
    )
    assert len(result.latencies_s) == 1
    assert result.latencies_s[0] >= 1.0


def test_nobody_listens():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        absent = Service(url=f"http://127.0.0.1:{reserved.getsockname()[1]}", model_version="v1")
        fault = ask_once(absent, PHOTOS[0], timeout_s=5)
    assert fault is not None
    assert "ConnectionRefusedError" in fault
