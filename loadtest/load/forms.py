"""Multipart bodies, encoded once: the generator shares the cores with what it measures."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

# Nobody is asked: the client alone knows how a form is encoded.
_NOWHERE = "http://127.0.0.1/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A body and the header that belongs to it."""

    body: bytes
    content_type: str


def encode_form(field: str, files: Sequence[tuple[str, bytes]]) -> Form:
    """Return a form of files, each with its name, as the client sends them."""
    request = httpx2.Request(
        "POST", _NOWHERE, files=[(field, (name, io.BytesIO(content))) for name, content in files]
    )
    return Form(body=request.read(), content_type=request.headers["content-type"])
