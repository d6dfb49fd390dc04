"""Bodies are bounded in size and time before anything parses them."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect

from serve_app.errors import BodyTooLargeError, InvalidRequestError, SlowBodyError
from serve_app.layers.limits import BodyLimitMiddleware, BodyLimits, check_content_length, read_body

LIMITS = BodyLimits(max_body_bytes=10, idle_timeout_s=0.05, total_timeout_s=0.2)


class Sender:
    """A caller that sends prepared pieces, then stalls or ends."""

    def __init__(self, pieces, *, pause_s=0.0, stalls=False, leaves=False):
        self._pieces = list(pieces)
        self._pause_s = pause_s
        self._stalls = stalls
        self._leaves = leaves
        self.num_taken = 0

    async def receive(self):
        await asyncio.sleep(self._pause_s)
        if self._pieces:
            self.num_taken += 1
            piece = self._pieces.pop(0)
            more_body = bool(self._pieces) or self._stalls or self._leaves
            return {"type": "http.request", "body": piece, "more_body": more_body}
        if self._stalls:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}


def read(sender):
    return asyncio.run(read_body(sender.receive, LIMITS))


def test_a_body_of_just_the_limit_is_taken():
    assert read(Sender([b"01234", b"56789"])) == b"0123456789"


def test_reading_ends_at_the_first_piece_beyond_the_limit():
    sender = Sender([b"x" * 6] * 100)
    with pytest.raises(BodyTooLargeError):
        read(sender)
    assert sender.num_taken == 2


def test_a_sender_that_stalls_is_let_go():
    with pytest.raises(SlowBodyError):
        read(Sender([b"01"], stalls=True))


def test_a_sender_that_drips_is_let_go():
    with pytest.raises(SlowBodyError):
        read(Sender([b""] * 1000, pause_s=0.02))


def test_a_sender_that_leaves_is_noticed():
    with pytest.raises(ClientDisconnect):
        read(Sender([b"01"], leaves=True))


@pytest.mark.parametrize("content_length", [None, "0", "10", "0010"])
def test_announced_lengths_within_the_limit_pass(content_length):
    check_content_length(content_length, LIMITS)


@pytest.mark.parametrize("content_length", ["11", "9" * 15, "9" * 5000])
def test_announced_lengths_beyond_the_limit_are_refused(content_length):
    with pytest.raises(BodyTooLargeError):
        check_content_length(content_length, LIMITS)


@pytest.mark.parametrize("content_length", ["", "-1", "1e3", "0x10", "٣", "1,2"])
def test_lengths_that_are_no_numbers_are_refused(content_length):
    with pytest.raises(InvalidRequestError):
        check_content_length(content_length, LIMITS)


class Application:
    """Remembers the body that reached it."""

    def __init__(self):
        self.body = None

    async def __call__(self, scope, receive, send):
        self.body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def ask(application, sender, headers):
    answers = []

    async def send(message):
        answers.append(message)

    scope = {"type": "http", "path": "/", "headers": headers}
    middleware = BodyLimitMiddleware(application, LIMITS)
    asyncio.run(middleware(scope, sender.receive, send))
    return answers


def test_the_application_gets_the_whole_body_in_one_piece():
    application = Application()
    answers = ask(application, Sender([b"ab", b"cd"]), [(b"transfer-encoding", b"chunked")])
    assert application.body == b"abcd"
    assert answers[0]["status"] == 200


@pytest.mark.parametrize(
    ("sender", "headers", "status", "closes"),
    [
        (Sender([b"x" * 11]), [(b"content-length", b"11")], 413, False),
        (Sender([b"x" * 11, b"y"]), [(b"transfer-encoding", b"chunked")], 413, False),
        (Sender([b"x"], leaves=True), [(b"content-length", b"x")], 400, True),
    ],
)
def test_the_application_never_sees_a_refused_body(sender, headers, status, closes):
    application = Application()
    answers = ask(application, sender, headers)
    assert application.body is None
    assert answers[0]["status"] == status
    assert ((b"connection", b"close") in answers[0]["headers"]) is closes


def test_who_waits_for_our_word_is_refused_without_reading():
    sender = Sender([b"x" * 11])
    headers = [(b"content-length", b"11"), (b"expect", b"100-continue")]
    assert ask(Application(), sender, headers)[0]["status"] == 413
    assert sender.num_taken == 0


def test_a_call_without_a_body_passes_untouched():
    application = Application()
    assert ask(application, Sender([b""]), [])[0]["status"] == 200
