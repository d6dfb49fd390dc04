"""Connections that ask on and on as our client does, while the service changes beneath them.

Each question is kept with the failures of its attempts, so that what a caller of our client sees
and what any other program would see can both be counted.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import httptools

from loadtest.closed_loop import Connection, Service, to_request
from loadtest.patience import Failure, get_wait_s
from loadtest.photos import Photo, find_fault

# As our client: longer than the service lets anybody wait.
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One photograph, from its first attempt to its last; seconds since the load began.

    `fault` says why there is no right answer after all attempts; None where there is one.
    """

    started_s: float
    ended_s: float
    failures: tuple[Failure, ...]
    fault: str | None
    model_version: str | None


class PatientLoad:
    """A number of connections that can be changed while they ask; belongs to one event loop.

    `model_versions` are those that may answer. With `pause_s` each connection lets so much time
    pass between the beginnings of its questions.
    """

    def __init__(
        self, service: Service, photos: Sequence[Photo], *, model_versions: Collection[str]
    ) -> None:
        self.questions: list[Question] = []
        self.pause_s = 0.0
        self._photos = photos
        self._requests = [to_request(service, photo.image_bytes) for photo in photos]
        self._service = service
        self._model_versions = tuple(model_versions)
        self._began_s = time.monotonic()
        self._open: list[asyncio.Event] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def elapsed_s(self) -> float:
        """Seconds since the load began."""
        return time.monotonic() - self._began_s

    def set_connections(self, count: int) -> None:
        """Open or end connections; one that ends finishes its question first."""
        while len(self._open) < count:
            is_over = asyncio.Event()
            self._tasks.append(asyncio.create_task(self._ask_on(len(self._open), is_over.is_set)))
            self._open.append(is_over)
        while len(self._open) > count:
            self._open.pop().set()

    async def end(self) -> None:
        """Let every connection finish its question and return."""
        self.set_connections(0)
        await asyncio.gather(*self._tasks)
        self._tasks.clear()

    async def _ask_on(self, first_idx: int, is_over: Callable[[], bool]) -> None:
        connection = Connection(self._service)
        turn = itertools.cycle(range(len(self._photos)))
        for idx in itertools.islice(turn, first_idx % len(self._photos), None):
            if is_over():
                break
            question = await self._ask(connection, idx)
            self.questions.append(question)
            if self.pause_s:
                await asyncio.sleep(max(0.0, question.started_s + self.pause_s - self.elapsed_s))
        connection.close()

    async def _ask(self, connection: Connection, idx: int) -> Question:
        started_s = self.elapsed_s
        failures: list[Failure] = []
        while True:
            outcome = await self._attempt(connection, idx)
            version = outcome if isinstance(outcome, str) else None
            wait_s = None
            if isinstance(outcome, Failure):
                failures.append(outcome)
                wait_s = get_wait_s(outcome, num_attempts=len(failures))
            if wait_s is None:
                return Question(
                    started_s=started_s,
                    ended_s=self.elapsed_s,
                    failures=tuple(failures),
                    fault=outcome.reason if isinstance(outcome, Failure) else None,
                    model_version=version,
                )
            await asyncio.sleep(wait_s)

    async def _attempt(self, connection: Connection, idx: int) -> str | Failure:
        """Ask once; return the version that gave the right answer, or what failed."""
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                reply = await connection.ask(self._requests[idx])
        except TimeoutError:
            connection.close()
            return Failure(reason="no answer in time", is_timeout=True)
        except (OSError, httptools.HttpParserError) as error:
            connection.close()
            return Failure(reason=f"connection lost: {type(error).__name__}")
        version = _find_version(reply.body)
        fault = find_fault(
            reply.status,
            reply.body,
            photo=self._photos[idx],
            model_version=version if version in self._model_versions else self._model_versions[0],
        )
        if fault is None:
            return version
        told = "" if reply.status == 200 else f": {reply.body[:120].decode('utf-8', 'replace')}"
        return Failure(reason=fault + told, status=reply.status, retry_after_s=reply.retry_after_s)


def _find_version(body: bytes) -> str:
    try:
        return str(json.loads(body)["model_version"])
    except (ValueError, KeyError, TypeError):
        return ""
