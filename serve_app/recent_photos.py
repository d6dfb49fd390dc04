"""The last photographs that were diagnosed, for a while: feedback names a request, not a photo.

A few of the newest lie in one folder that all replicas share. Under load not every photograph is
kept: keeping them must not cost what answering costs.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cluster.storage import safe_name

_logger = logging.getLogger(__name__)

# An adviser sends one photograph in some seconds; a load test's need not be kept.
_MAX_PER_S = 4.0
_MAX_WAITING = 8
_PRUNE_EVERY = 50
# No request id holds this sign, so two names never meet.
_SEPARATOR = "+"


class RecentPhotos:
    """Keeps the photographs of at most `max_photos` in a folder; 0 keeps none."""

    def __init__(
        self, directory: Path, *, max_photos: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._directory = directory
        self._max_photos = max_photos
        self._clock = clock
        self._next_s = clock()
        self._num_kept = 0
        self._places = threading.BoundedSemaphore(_MAX_WAITING)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="recent-photos")

    def keep(self, request_id: str, photos: Sequence[bytes]) -> None:
        """Keep the photographs of a request if there is time; returns at once."""
        now_s = self._clock()
        if not self._max_photos or now_s < self._next_s or not self._places.acquire(blocking=False):
            return
        self._next_s = now_s + 1 / _MAX_PER_S
        try:
            future = self._pool.submit(self._write, request_id, photos)
        except RuntimeError:  # The pool was closed: the service is being stopped.
            self._places.release()
            return
        future.add_done_callback(lambda _: self._places.release())

    def find(self, request_id: str) -> tuple[bytes, ...]:
        """Return the photographs of a request; none if they were not kept or are gone.

        Raises:
            cluster.errors.StorageError: this is no request id.
        """
        found = []
        for index in range(self._max_photos):
            try:
                found.append(self._to_path(request_id, index).read_bytes())
            except FileNotFoundError:
                break
        return tuple(found)

    def close(self) -> None:
        """Keep no more; what was begun is finished."""
        self._pool.shutdown(wait=True)

    def _to_path(self, request_id: str, index: int) -> Path:
        return self._directory / safe_name(f"{request_id}{_SEPARATOR}{index}")

    def _write(self, request_id: str, photos: Sequence[bytes]) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            for index, photo in enumerate(photos):
                path = self._to_path(request_id, index)
                draft = path.with_name(f".{path.name}")
                draft.write_bytes(photo)
                draft.replace(path)
            if self._num_kept % _PRUNE_EVERY == 0:
                self._prune()
            self._num_kept += 1
        except OSError as error:
            # A full disk must not cost anybody a diagnosis.
            _logger.warning("a photograph was not kept for feedback: %s", error)

    def _prune(self) -> None:
        """Delete the oldest; another replica may do the same at the same time."""
        ages = []
        for path in self._directory.iterdir():
            with contextlib.suppress(FileNotFoundError):
                ages.append((path.stat().st_mtime_ns, path))
        for _, path in sorted(ages, reverse=True)[self._max_photos :]:
            path.unlink(missing_ok=True)
