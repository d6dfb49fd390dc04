"""What an error of the client tells people."""

import pytest

from gui.kit.refusals import say_refusal
from serve_app.client import ApiError, ClientError, ServerUnreachableError

DEED = "contribute photographs"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ServerUnreachableError("No service answers."), "does not answer"),
        (ApiError("unauthorized", "No.", "r", 401), "does not know your key"),
        (ApiError("forbidden", "No.", "r", 403), "Your key may not contribute photographs."),
        (ApiError("rate_limited", "Too often.", "r", 429), "busy"),
        (
            ApiError("not_found", "Not Found. See /docs for what can be asked.", "r", 404),
            "of another version",
        ),
        (ApiError("not_found", "There is no upload 'x'.", "r", 404), "There is no upload 'x'."),
        (ApiError("disk_full", "The server's disk is full", "r", 507), "disk is full."),
        (ClientError("The API key must be one line"), "The API key must be one line."),
    ],
)
def test_every_error_is_said_with_what_to_do(error, words):
    assert words in say_refusal(error, deed=DEED)
