"""Connections that ask on as our client does, against a real HTTP server that fails at times."""

import asyncio
import json
import socket

import pytest
import uvicorn

from loadtest.closed_loop import Service
from loadtest.patient_loop import PatientLoad
from loadtest.photos import Photo

PHOTOS = [Photo(image_bytes=b"image", class_name="rust")]
WAIT_S = 20.0


class Server:
    """Refuses the first requests, and cuts the one after them off; then answers."""

    def __init__(self, *, num_busy=0, num_cut=0, version="v1"):
        self.num_busy = num_busy
        self.num_cut = num_cut
        self.version = version

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        status, headers = 200, []
        if self.num_busy:
            self.num_busy -= 1
            status, headers = 503, [(b"retry-after", b"0")]
        elif self.num_cut:
            self.num_cut -= 1
            headers = [(b"content-length", b"1000")]
        answer = {"model_version": self.version, "predictions": [{"class_name": "rust"}]}
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


def load(app, *, versions=("v1",), connections=1, num_questions=1):
    """Return the questions of a load that ends after so many."""

    async def scenario():
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            service = Service(
                url=f"http://127.0.0.1:{listener.getsockname()[1]}", model_version="v1"
            )
            patient = PatientLoad(service, PHOTOS, model_versions=versions)
            patient.set_connections(connections)
            async with asyncio.timeout(WAIT_S):
                while len(patient.questions) < num_questions:  # noqa: ASYNC110 - it only grows
                    await asyncio.sleep(0.01)
            await patient.end()
            server.should_exit = True
            await serving
        return patient.questions

    return asyncio.run(scenario())


def test_a_question_keeps_the_failures_of_its_attempts():
    question = load(Server(num_busy=1, num_cut=1))[0]
    assert question.fault is None
    assert question.model_version == "v1"
    assert [failure.status for failure in question.failures] == [503, None]


def test_after_three_attempts_it_has_failed():
    question = load(Server(num_busy=3))[0]
    assert question.fault is not None
    assert question.fault.startswith("status 503")
    assert len(question.failures) == 3
    assert question.model_version is None


@pytest.mark.parametrize(
    ("version", "is_right"), [("v1", True), ("v1-rolled", True), ("v2", False)]
)
def test_only_the_versions_that_may_answer_are_right(version, is_right):
    question = load(Server(version=version), versions=("v1", "v1-rolled"))[0]
    assert (question.fault is None) is is_right
    assert question.model_version == (version if is_right else None)


def test_a_connection_that_is_taken_away_finishes_its_question():
    questions = load(Server(), connections=4, num_questions=50)
    assert all(question.fault is None for question in questions)
    assert all(question.ended_s > question.started_s for question in questions)
