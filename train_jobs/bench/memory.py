"""How much memory the processes of this Ray session hold, watched while something runs.

Of each process its own pages are counted (resident without shared): shared ones are the object
store, which is added once, and libraries, which would hide growth behind a large constant.
"""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import ray
from ray.exceptions import RayError

from train_jobs.bench.errors import BenchError

_INTERVAL_S = 0.5
_RAY_PREFIX = "ray::"
# The kernel cuts a process's name to fifteen characters.
_WORKER_PREFIX = "ray::RayTrainWo"
_STOP_TIMEOUT_S = 30.0


@dataclass(slots=True)
class Peaks:
    """The largest values seen so far, in bytes."""

    total: int = 0
    driver: int = 0
    worker: int = 0
    data_process: int = 0
    object_store: int = 0
    num_samples: int = 0


@contextmanager
def watch_memory() -> Iterator[Peaks]:
    """Sample this process and its Ray processes until the block ends.

    Raises:
        BenchError: not once could a sample be taken.
    """
    peaks, is_done = Peaks(), threading.Event()

    def watch() -> None:
        while not is_done.is_set():
            # A process that ends meanwhile, or a moment without an answer, costs one sample.
            with contextlib.suppress(psutil.Error, RayError):
                _sample(peaks)
            is_done.wait(_INTERVAL_S)

    thread = threading.Thread(target=watch, name="bench memory", daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        is_done.set()
        thread.join(_STOP_TIMEOUT_S)
    if not peaks.num_samples:
        raise BenchError("the memory of Ray's processes could not be read")


def _sample(peaks: Peaks) -> None:
    driver = psutil.Process()
    own = _own_bytes(driver)
    workers, others = [0], [0]
    for process in driver.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            name = process.name()
            if name.startswith(_RAY_PREFIX):
                group = workers if name.startswith(_WORKER_PREFIX) else others
                group.append(_own_bytes(process))
    stored = _object_store_bytes()
    peaks.total = max(peaks.total, own + sum(workers) + sum(others) + stored)
    peaks.driver = max(peaks.driver, own)
    peaks.worker = max(peaks.worker, *workers)
    peaks.data_process = max(peaks.data_process, *others)
    peaks.object_store = max(peaks.object_store, stored)
    peaks.num_samples += 1


def _own_bytes(process: psutil.Process) -> int:
    info = process.memory_info()
    # Linux alone tells the shared pages.
    return int(info.rss) - int(getattr(info, "shared", 0))


def _object_store_bytes() -> int:
    held: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    free: dict[str, float] = ray.available_resources()  # type: ignore[no-untyped-call]
    key = "object_store_memory"
    return int(held.get(key, 0) - free.get(key, 0))
