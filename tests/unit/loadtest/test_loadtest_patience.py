"""The generator asks again exactly where our client does (its transport is a function here)."""

import httpx2
import pytest
import stamina

from loadtest.patience import MAX_ATTEMPTS, Failure, get_wait_s
from serve_app.client import ClientError, LeafrayClient


def count_client_attempts(answer):
    """Return how often the real client asks before it gives up."""
    asked = []

    def respond(request):
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx2.MockTransport(respond)
    with (
        stamina.set_testing(True, attempts=MAX_ATTEMPTS),
        LeafrayClient("http://127.0.0.1:9", "key", transport=transport) as client,
        pytest.raises(ClientError),
    ):
        client.predict(b"image")
    return len(asked)


def count_attempts(failure):
    num_attempts = 1
    while get_wait_s(failure, num_attempts=num_attempts) is not None:
        num_attempts += 1
    return num_attempts


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (httpx2.Response(503), Failure(reason="", status=503)),
        (httpx2.Response(500), Failure(reason="", status=500)),
        (httpx2.Response(429), Failure(reason="", status=429)),
        (httpx2.Response(401), Failure(reason="", status=401)),
        (httpx2.Response(200, text="{}"), Failure(reason="", status=200)),
        (httpx2.ConnectError("refused"), Failure(reason="")),
        (httpx2.RemoteProtocolError("cut"), Failure(reason="")),
        (httpx2.ReadTimeout("late"), Failure(reason="", is_timeout=True)),
    ],
)
def test_what_is_asked_again_and_how_often(answer, failure):
    assert count_attempts(failure) == count_client_attempts(answer)


def test_what_the_server_asks_for_is_waited_up_to_a_bound():
    busy = Failure(reason="", status=503, retry_after_s=2.0)
    assert get_wait_s(busy, num_attempts=1) == 2.0
    patient = Failure(reason="", status=503, retry_after_s=600.0)
    assert get_wait_s(patient, num_attempts=1) == 5.0
    assert get_wait_s(Failure(reason=""), num_attempts=2) == pytest.approx(0.2)
