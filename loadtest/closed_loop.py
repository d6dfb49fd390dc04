"""A closed loop: each connection sends its next photograph when the last one was answered.

The requests are ready-made bytes on keep-alive connections, answers are parsed by httptools. The
generator shares the cores with the server that it measures, and costs 0.05-0.1 ms of them a
request; httpx2 costs 0.7 ms, which at 140 requests/s is a tenth of one core.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httptools

from loadtest.photos import Photo, find_fault

_READ_BYTES = 64 * 1024
_MAX_ANSWER_BYTES = 16 * 1024**2
_PAUSE_AFTER_FAILURE_S = 0.05
PREDICTIONS_PATH = "/v1/predictions?top_k=5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A server to ask: base URL such as ``http://127.0.0.1:8000``, and the API key, if any."""

    url: str
    model_version: str
    api_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How long to load a server: unmeasured first, then measured."""

    warm_s: float
    measured_s: float
    request_timeout_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopResult:
    """What was answered within the measured seconds, and why the rest failed."""

    latencies_s: tuple[float, ...]
    faults: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One whole answer."""

    status: int
    body: bytes
    retry_after_s: float | None


class _Answer:
    """Collects one response; its methods are the parser's callbacks."""

    __slots__ = ("body", "is_complete", "retry_after")

    def __init__(self) -> None:
        self.body = bytearray()
        self.is_complete = False
        self.retry_after = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after":
            self.retry_after = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_complete = True


class Connection:
    """One keep-alive connection, opened when it is needed."""

    def __init__(self, service: Service) -> None:
        address = urlsplit(service.url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Reply:
        """Send a request and return its answer.

        Raises:
            OSError, httptools.HttpParserError: no whole answer came; close the connection.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(request)
        answer = _Answer()
        parser = httptools.HttpResponseParser(answer)
        while not answer.is_complete:
            data = await reader.read(_READ_BYTES)
            if not data:
                raise ConnectionResetError("closed before the answer was complete")
            parser.feed_data(data)
            if len(answer.body) > _MAX_ANSWER_BYTES:
                raise ConnectionResetError("the answer is too long")
        if not parser.should_keep_alive():
            self.close()
        after = answer.retry_after.decode("latin-1")
        return Reply(
            status=parser.get_status_code(),
            body=bytes(answer.body),
            retry_after_s=float(after) if after.isdecimal() else None,
        )

    def close(self) -> None:
        """Close the connection; the next request opens it anew."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def to_request(service: Service, image_bytes: bytes) -> bytes:
    """Return the bytes of one prediction request with the image as its raw body."""
    headers = [
        f"POST {PREDICTIONS_PATH} HTTP/1.1",
        f"Host: {urlsplit(service.url).netloc}",
        "Content-Type: image/jpeg",
        f"Content-Length: {len(image_bytes)}",
    ]
    if service.api_key is not None:
        headers.append(f"Authorization: Bearer {service.api_key}")
    return "\r\n".join([*headers, "", ""]).encode() + image_bytes


def ask_once(service: Service, photo: Photo, *, timeout_s: float) -> str | None:
    """Ask for one prediction; return why it is not the right answer, None if it is."""

    async def ask() -> str | None:
        connection = Connection(service)
        try:
            request = to_request(service, photo.image_bytes)
            return await _find_fault(connection, request, photo, service.model_version, timeout_s)
        finally:
            connection.close()

    return asyncio.run(ask())


def run_closed_loop(
    service: Service, photos: Sequence[Photo], *, connections: int, window: Window
) -> LoopResult:
    """Load a server over a fixed number of connections; every answer is checked.

    Requests that began within the measured seconds count, however late they end.
    """
    return asyncio.run(_run(service, photos, connections, window))


async def _run(
    service: Service, photos: Sequence[Photo], connections: int, window: Window
) -> LoopResult:
    requests = [to_request(service, photo.image_bytes) for photo in photos]
    latencies_s: list[float] = []
    faults: Counter[str] = Counter()
    measured_from_s = time.perf_counter() + window.warm_s
    until_s = measured_from_s + window.measured_s

    async def load(first_idx: int) -> None:
        connection = Connection(service)
        turn = itertools.cycle(range(len(photos)))
        for idx in itertools.islice(turn, first_idx % len(photos), None):
            started_s = time.perf_counter()
            if started_s >= until_s:
                break
            fault = await _find_fault(
                connection,
                requests[idx],
                photos[idx],
                service.model_version,
                window.request_timeout_s,
            )
            if started_s >= measured_from_s and fault is None:
                latencies_s.append(time.perf_counter() - started_s)
            elif started_s >= measured_from_s:
                faults[fault or ""] += 1
            if fault is not None:
                await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)
        connection.close()

    await asyncio.gather(*(load(idx) for idx in range(connections)))
    return LoopResult(latencies_s=tuple(latencies_s), faults=faults)


async def _find_fault(
    connection: Connection, request: bytes, photo: Photo, model_version: str, timeout_s: float
) -> str | None:
    try:
        async with asyncio.timeout(timeout_s):
            reply = await connection.ask(request)
    except (OSError, TimeoutError, httptools.HttpParserError) as error:
        connection.close()
        return f"{type(error).__name__}: {error}".rstrip(": ")
    return find_fault(reply.status, reply.body, photo=photo, model_version=model_version)
