"""Errors and request ids as they leave the service."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.images import ImageError
from serve_app.errors import BusyError, from_image_error, to_response
from serve_app.layers.request_id import choose_request_id


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("empty", 400),
        ("not_an_image", 415),
        ("unsupported_format", 415),
        ("unsupported_colour", 415),
        ("animated", 415),
        ("too_many_bytes", 413),
        ("too_many_pixels", 413),
        ("too_few_pixels", 422),
        ("truncated", 422),
    ],
)
def test_a_refused_image_keeps_its_code_and_message(code, status):
    error = from_image_error(ImageError(code, "what to do"))
    assert (error.status, error.code, error.message) == (status, code, "what to do")


def test_an_error_is_answered_with_its_body_and_headers():
    response = to_response(BusyError("ask again", retry_after_s=2), request_id="abc")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    body = json.loads(bytes(response.body))
    assert body == {"code": "busy", "message": "ask again", "request_id": "abc"}


@pytest.mark.parametrize("offered", ["a", "farm-12.photo_3", "0" * 64])
def test_a_plain_id_of_the_caller_is_kept(offered):
    assert choose_request_id(offered) == offered


@pytest.mark.parametrize("offered", [None, "", "0" * 65, "a b", "a\nb", "a\n", "-x", "<b>", "ä"])
def test_any_other_id_is_replaced(offered):
    assert len(choose_request_id(offered)) == 32


@given(st.one_of(st.none(), st.text(max_size=200)))
def test_an_id_is_always_short_and_harmless(offered):
    request_id = choose_request_id(offered)
    assert 1 <= len(request_id) <= 64
    assert request_id.replace(".", "").replace("_", "").replace("-", "").isalnum()
    assert request_id.isascii()
