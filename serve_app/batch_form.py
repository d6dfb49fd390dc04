"""The photos of a batch as a form that is sent in pieces, and how much of it was sent."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import httpx2

OnProgress = Callable[[int, int], None]
"""Called with the bytes sent so far and all of them; starts anew when a client asks again."""

_FIELD = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPhoto:
    """One encoded photo of a batch, and what to call it."""

    name: str
    image_bytes: bytes


def to_form(photos: Sequence[BatchPhoto]) -> list[tuple[str, tuple[str, BinaryIO]]]:
    """Return the parts of the form; each is a file, because files are sent in pieces of 64 KiB."""
    return [
        # A file system may hold names that are no Unicode, and a part without one is no file.
        (_FIELD, (_to_unicode(photo.name) or _FIELD, io.BytesIO(photo.image_bytes)))
        for photo in photos
    ]


def split_batches(sizes: Sequence[int], *, max_photos: int, max_bytes: int) -> list[slice]:
    """Cut a list of photos into runs that keep both limits; a larger photo is a run of its own."""
    spans: list[slice] = []
    start = num_bytes = 0
    for index, size in enumerate(sizes):
        if index > start and (index - start == max_photos or num_bytes + size > max_bytes):
            spans.append(slice(start, index))
            start, num_bytes = index, 0
        num_bytes += size
    return [*spans, slice(start, len(sizes))] if sizes else []


def count_upload(request: httpx2.Request, on_progress: OnProgress) -> None:
    """Let a request tell how much of its body was taken from it."""
    stream = request.stream
    num_bytes = int(request.headers["content-length"])

    class CountedStream(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            num_sent = 0
            for piece in stream:  # type: ignore[union-attr]
                yield piece
                num_sent += len(piece)
                on_progress(num_sent, num_bytes)

    request.stream = CountedStream()


def _to_unicode(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")
