"""The candidate beside the champion, unseen: the same photographs, and how often they differ.

One thread at the lowest priority computes, a few requests may wait for it and the rest are left
out, so that the champion's callers wait for nothing.
"""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from models.fusion import fuse
from models.images import decode_image
from models.predictor import Prediction, Predictor
from serve_app.priority import lower_priority

_logger = logging.getLogger(__name__)

# Each waiting request keeps its photographs, up to 24 MiB, in memory.
MAX_WAITING = 4
_LOG_EVERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCounts:
    """What was compared; `num_left_out` found no place, `num_failed` the candidate did not do."""

    num_compared: int = 0
    num_disagreed: int = 0
    num_left_out: int = 0
    num_failed: int = 0


class Shadow:
    """Lets a candidate compute `fraction` of the requests; `draw` returns numbers from 0 to 1."""

    def __init__(
        self, candidate: Predictor, *, fraction: float, draw: Callable[[], float] = random.random
    ) -> None:
        self._candidate = candidate
        self._fraction = fraction
        self._draw = draw
        self._counts = ShadowCounts()
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_WAITING)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="shadow", initializer=lower_priority)

    @property
    def fraction(self) -> float:
        """The share of the champion's requests that is offered to the candidate."""
        return self._fraction

    @property
    def counts(self) -> ShadowCounts:
        """What was compared so far."""
        return self._counts

    def offer(self, photos: Sequence[bytes], champion: Prediction) -> None:
        """Take a share of what is offered, if there is a place; returns at once."""
        if self._draw() >= self._fraction:
            return
        if not self._places.acquire(blocking=False):
            self._count(num_left_out=1)
            return
        try:
            future = self._pool.submit(self._compare, photos, champion)
        except RuntimeError:  # The pool was closed: a request of the old line ends late.
            self._places.release()
            return
        future.add_done_callback(self._end)

    def close(self) -> None:
        """Take no more; what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _compare(self, photos: Sequence[bytes], champion: Prediction) -> None:
        model = self._candidate
        images = [decode_image(photo) for photo in photos]
        outputs = model.infer(model.preprocess(images))
        fused, fault = fuse(outputs, [model.find_fault(image) for image in images])
        (prediction,) = model.to_predictions(fused, [fault], top_k=1)
        theirs, ours = champion.top[0].class_name, prediction.top[0].class_name
        differs = theirs != ours or champion.is_known != prediction.is_known
        counts = self._count(num_compared=1, num_disagreed=int(differs))
        if counts.num_compared % _LOG_EVERY == 0:
            _logger.info(
                "shadow: %s differed from %s in %d of %d requests",
                prediction.model_version,
                champion.model_version,
                counts.num_disagreed,
                counts.num_compared,
            )

    def _end(self, future: "Future[None]") -> None:
        self._places.release()
        if not future.cancelled() and (error := future.exception()) is not None:
            counts = self._count(num_failed=1)
            # The first one tells why, the count tells how many: a log line each would be a flood.
            if counts.num_failed == 1:
                _logger.warning("shadow: the candidate fails where the champion answers: %s", error)

    def _count(self, **added: int) -> ShadowCounts:
        with self._lock:
            new = {name: getattr(self._counts, name) + count for name, count in added.items()}
            self._counts = replace(self._counts, **new)
            return self._counts
