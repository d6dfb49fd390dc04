"""Callers that each wait for their answer, served by threads that take several photos at once."""

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from loadtest.runtimes import CreateRun
from loadtest.slo import Summary, summarize
from models.images import decode_image
from models.predictor import Predictor

_WARM_S = 0.5
_IDLE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many callers ask, how many threads answer, and how long it is measured."""

    num_callers: int
    num_threads: int
    measured_s: float


def measure(
    predictor: Predictor, create_run: CreateRun, images: Sequence[bytes], *, batch: int, load: Load
) -> Summary:
    """Answer photos from their bytes to the diagnosis, `batch` of those that wait at a time."""
    waiting: queue.SimpleQueue[tuple[int, float]] = queue.SimpleQueue()
    latencies_s: list[float] = []
    from_s = time.perf_counter() + _WARM_S
    until_s = from_s + load.measured_s

    def answer() -> None:
        run = create_run()
        while asked := _take(waiting, batch):
            photos = [decode_image(images[index]) for index, _ in asked]
            faults = [predictor.find_fault(photo) for photo in photos]
            predictor.to_predictions(run(predictor.preprocess(photos)), faults)
            now_s = time.perf_counter()
            latencies_s.extend(now_s - asked_s for _, asked_s in asked if from_s < asked_s)
            if now_s >= until_s:
                return
            for index, _ in asked:
                waiting.put(((index + 1) % len(images), now_s))

    threads = [threading.Thread(target=answer) for _ in range(load.num_threads)]
    for caller in range(load.num_callers):
        waiting.put((caller % len(images), time.perf_counter()))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return summarize(latencies_s, num_failed=0, duration_s=load.measured_s)


def _take(waiting: "queue.SimpleQueue[tuple[int, float]]", batch: int) -> list[tuple[int, float]]:
    """Return what waits, `batch` of it at most; waits for the first one, not for more."""
    taken: list[tuple[int, float]] = []
    try:
        taken.append(waiting.get(timeout=_IDLE_S))
        while len(taken) < batch:
            taken.append(waiting.get_nowait())
    except queue.Empty:
        pass
    return taken
