"""Bounded inference: few threads, a short queue, and a refusal at once when it is full.

ONNX Runtime gains nothing from more threads than cores: 32 requests computing on 2 cores were
slower than 2 of them. The event loop only hands work over and never computes.
"""

import asyncio
import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from models.images import ImageError
from models.predictor import Predictor
from serve_app.errors import BusyError
from serve_app.inference.heatmap import HeatmapPainter
from serve_app.inference.micro_batch import PlantPhotos, TimedPrediction, diagnose_plants

_BUSY_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceLimits:
    """How much is computed at once, and how much may wait for it."""

    num_threads: int = 1
    max_waiting: int = 32
    max_wait_s: float = 10.0
    micro_batch: int = 4
    """Photos that one run of the network takes, where so many wait; it never waits for more.

    With 16 callers on two threads 1, 2, 4 and 8 answered 1.00, 1.12, 1.18 and 1.19 times as many
    photos (`python -m loadtest.hot_path`).
    """
    batch_group: int = 2
    """Photos of one batch that are in the pool at once: a batch counts as so many callers.

    On one thread a single request took 6.6 ms alone and 12, 17, 29 or 51 ms beside a batch that
    went in by 1, 2, 4 or 8; the batch had 65, 101, 119 or 148 photos/s then.
    """
    max_batch_s: float = 20.0
    """A batch's photos that were not begun by then are given up; our client waits 30 s."""


Outcome = TimedPrediction | ImageError | BusyError
"""What became of one photo of a batch."""


class InferenceEngine:
    """Runs one predictor on a small pool of threads."""

    def __init__(
        self,
        predictor: Predictor,
        painter: HeatmapPainter,
        limits: InferenceLimits,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._predictor = predictor
        self._painter = painter
        self._limits = limits
        self._clock = clock
        self._places = threading.BoundedSemaphore(limits.num_threads + limits.max_waiting)
        self._waiting: deque[_Request] = deque()
        self._is_closed = False
        self._pool = ThreadPoolExecutor(limits.num_threads, thread_name_prefix="inference")

    async def predict(
        self, photos: Sequence[bytes], *, top_k: int, with_heatmap: bool = False
    ) -> TimedPrediction:
        """Diagnose one plant from one or several encoded photos; the heat map is of the first.

        Raises:
            BusyError: too many requests wait already, or this one waited too long.
            models.images.ImageError: a photo is refused.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError("Too many requests wait already: ask again in a second.")
        plant = PlantPhotos(
            photos=photos, top_k=top_k, with_heatmap=with_heatmap, submitted_s=self._clock()
        )
        request = _Request(plant=plant, future=Future())
        # Runs when the work ended or was cancelled while it waited, never before.
        request.future.add_done_callback(lambda _: self._places.release())
        self._waiting.append(request)
        try:
            self._pool.submit(self._answer_some)
        except RuntimeError:  # The pool was closed.
            request.future.cancel()
            raise BusyError("The service is being stopped: ask again in a second.") from None
        return await asyncio.wrap_future(request.future)

    async def predict_each(self, photos: Sequence[bytes], *, top_k: int) -> list[Outcome]:
        """Diagnose encoded photos of different plants; a refused one is a value among the others.

        Raises:
            BusyError: not one photo found a place in time.
        """
        until_s = self._clock() + self._limits.max_batch_s
        lane = asyncio.Semaphore(self._limits.batch_group)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._predict_in_lane(photo, top_k, lane, until_s))
                for photo in photos
            ]
        outcomes = [task.result() for task in tasks]
        if all(isinstance(outcome, BusyError) for outcome in outcomes):
            raise BusyError("Too many requests wait already: send the photos again in a second.")
        return outcomes

    def close(self) -> None:
        """Take no more work; what has begun is finished."""
        self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        while self._waiting:
            with contextlib.suppress(IndexError):
                self._waiting.popleft().future.cancel()

    async def _predict_in_lane(
        self, photo: bytes, top_k: int, lane: asyncio.Semaphore, until_s: float
    ) -> Outcome:
        async with lane:
            while self._clock() < until_s and not self._is_closed:
                try:
                    return await self.predict([photo], top_k=top_k)
                except ImageError as error:
                    return error
                except BusyError:
                    # Its caller has sent the photo already, so it waits rather than send it again.
                    await asyncio.sleep(_BUSY_PAUSE_S)
        return BusyError("The service had no time for this photo: send it again.")

    def _answer_some(self) -> None:
        """Answer requests that wait, if another thread has not taken them meanwhile."""
        requests = self._take()
        if not requests:
            return
        answers = diagnose_plants(
            self._predictor,
            self._painter,
            [request.plant for request in requests],
            clock=self._clock,
        )
        # Each as soon as it is there: a heat map makes only those behind it wait.
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, Exception):
                request.future.set_exception(answer)
            else:
                request.future.set_result(answer)

    def _take(self) -> list["_Request"]:
        """Return this thread's share of what waits: others that are idle must get theirs."""
        limits = self._limits
        taken: list[_Request] = []
        num_photos = 0
        share = math.ceil(len(self._waiting) / limits.num_threads)
        while len(taken) < share and num_photos < limits.micro_batch:
            try:
                request = self._waiting.popleft()
            except IndexError:
                break
            if not request.future.set_running_or_notify_cancel():
                continue
            if self._clock() - request.plant.submitted_s > limits.max_wait_s:
                # The caller has likely given up: do not spend a core on it.
                request.future.set_exception(
                    BusyError("The request waited too long: ask again in a second.")
                )
                continue
            taken.append(request)
            num_photos += len(request.plant.photos)
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    plant: PlantPhotos
    future: "Future[TimedPrediction]"
