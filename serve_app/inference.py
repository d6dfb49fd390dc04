"""Bounded inference: few threads, a short queue, and a refusal at once when it is full.

ONNX Runtime gains nothing from more threads than cores: 32 requests computing on 2 cores were
slower than 2 of them. The event loop only hands work over and never computes.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from models.fusion import fuse
from models.images import ImageError, decode_image
from models.predictor import NearPhotograph, Prediction, Predictor
from serve_app.errors import BusyError
from serve_app.heatmap import HeatmapPainter

_NUM_NEAREST = 5
_BUSY_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceLimits:
    """How much is computed at once, and how much may wait for it."""

    num_threads: int = 1
    max_waiting: int = 32
    max_wait_s: float = 10.0
    batch_group: int = 2
    """Photos of one batch that are in the pool at once: a batch counts as so many callers.

    On one thread a single request took 6.6 ms alone and 12, 17, 29 or 51 ms beside a batch that
    went in by 1, 2, 4 or 8; the batch had 65, 101, 119 or 148 photos/s then.
    """
    max_batch_s: float = 20.0
    """A batch's photos that were not begun by then are given up; our client waits 30 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedPrediction:
    """A diagnosis, its heat map where one was asked for, and where the time went."""

    prediction: Prediction
    heatmap_png: bytes | None
    nearest: tuple[NearPhotograph, ...]
    """With the heat map: the training photographs nearest by feature."""
    queue_ms: float
    decode_ms: float
    infer_ms: float


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
        try:
            submitted_s = self._clock()
            future = self._pool.submit(self._run, photos, top_k, with_heatmap, submitted_s)
        except RuntimeError:  # The pool was closed.
            self._places.release()
            raise BusyError("The service is being stopped: ask again in a second.") from None
        # Runs when the work ended or was cancelled while it waited, never before.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

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

    def _run(
        self, photos: Sequence[bytes], top_k: int, with_heatmap: bool, submitted_s: float
    ) -> TimedPrediction:
        started_s = self._clock()
        if started_s - submitted_s > self._limits.max_wait_s:
            # The caller has likely given up: do not spend a core on it.
            raise BusyError("The request waited too long: ask again in a second.")
        first_image = decode_image(photos[0])
        batches = [self._predictor.preprocess([first_image])]
        faults = [self._predictor.find_fault(first_image)]
        for photo in photos[1:]:
            # One by one, so that few photos are held at their full size.
            image = decode_image(photo)
            batches.append(self._predictor.preprocess([image]))
            faults.append(self._predictor.find_fault(image))
        decoded_s = self._clock()
        outputs = self._predictor.infer(np.concatenate(batches))
        fused, fault = fuse(outputs, faults)
        (prediction,) = self._predictor.to_predictions(fused, [fault], top_k=top_k)
        heatmap_png: bytes | None = None
        nearest: tuple[NearPhotograph, ...] = ()
        if with_heatmap:
            class_name = prediction.top[0].class_name
            feature_map_chw = outputs.feature_maps_bchw[0]
            heatmap_png = self._painter.paint(first_image, feature_map_chw, class_name)
            nearest = self._predictor.find_nearest(fused, count=_NUM_NEAREST)
        return TimedPrediction(
            prediction=prediction,
            heatmap_png=heatmap_png,
            nearest=nearest,
            queue_ms=1000 * (started_s - submitted_s),
            decode_ms=1000 * (decoded_s - started_s),
            infer_ms=1000 * (self._clock() - decoded_s),
        )
