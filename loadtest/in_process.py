"""The limit: the model alone, one process a core, one prediction after the other, no HTTP."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from types import TracebackType

from threadpoolctl import threadpool_limits

from cluster.machine import count_cores
from loadtest.photos import Photo
from models.predictor import Predictor


class InProcessLimit:
    """Processes that wait, the model loaded, to be measured."""

    def __init__(self, artifact_dir: Path) -> None:
        """Name the artifact; the processes start with the first use."""
        self._artifact_dir = artifact_dir
        self._num_processes = count_cores()
        # Spawned, not forked: a forked child would inherit the threads' locks of this process.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            max_workers=self._num_processes, mp_context=context, initializer=settle_process
        )

    def __enter__(self) -> "InProcessLimit":
        """Return the limit itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def classify(self, images: Sequence[bytes]) -> list[Photo]:
        """Return the photographs with the class that the model gives to each.

        Raises:
            models.artifact.ArtifactError: the artifact cannot be loaded.
            models.images.ImageError: a photograph is refused.
        """
        return self._pool.submit(classify_images, self._artifact_dir, list(images)).result()

    def measure(
        self, photos: Sequence[Photo], *, connections: int, warm_s: float, measured_s: float
    ) -> list[float]:
        """Predict in as many processes as there are connections, a core each at most.

        Returns:
            The latency in seconds of every prediction that began in the measured seconds.
        """
        num_processes = min(connections, self._num_processes)
        # One clock for all on Linux and macOS: monotonic since the start of the machine.
        measured_from_s = time.monotonic() + warm_s
        runs = [
            self._pool.submit(
                _predict,
                self._artifact_dir,
                [photo.image_bytes for photo in photos],
                measured_from_s,
                measured_from_s + measured_s,
            )
            for _ in range(num_processes)
        ]
        return [latency_s for run in runs for latency_s in run.result()]


def settle_process() -> None:
    """Give a process what a replica has: a share of the cores of its own, and one BLAS thread."""
    # Linux shares the cores out by session (autogroup), and the cluster has one of its own: in the
    # session of the load generator the limit would get less than what it limits.
    os.setsid()
    # With a thread for each core in each process, which wait by spinning, two processes predicted
    # 127 photos/s instead of 303.
    threadpool_limits(1, user_api="blas")


@cache
def _load(artifact_dir: Path) -> Predictor:
    return Predictor.load(artifact_dir, intra_op_threads=1)


def classify_images(artifact_dir: Path, images: Sequence[bytes]) -> list[Photo]:
    """Return the photographs with their classes, computed in this process; raises as above."""
    predictor = _load(artifact_dir)
    return [
        Photo(image_bytes=image, class_name=predictor.predict_bytes(image).top[0].class_name)
        for image in images
    ]


def _predict(
    artifact_dir: Path, images: list[bytes], measured_from_s: float, until_s: float
) -> list[float]:
    predictor = _load(artifact_dir)
    latencies_s: list[float] = []
    while True:
        for image in images:
            started_s = time.monotonic()
            if started_s >= until_s:
                return latencies_s
            predictor.predict_bytes(image)
            if started_s >= measured_from_s:
                latencies_s.append(time.monotonic() - started_s)
