"""Counts fetched files and bytes, and says now and then how far it is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from train_jobs.download.plan import RemoteFile

_SAY_EVERY_S = 5.0
_MB = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """What a download did."""

    num_fetched: int
    num_present: int
    fetched_bytes: int


class DownloadProgress:
    """One download; used by one thread."""

    def __init__(
        self,
        files: Sequence[RemoteFile],
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock."""
        self._num_files = len(files)
        self._all_bytes = sum(file.num_bytes for file in files)
        self._say = say
        self._clock = clock
        self._started_s = self._said_s = clock()
        self._num_fetched = self._num_present = 0
        self._fetched_bytes = self._present_bytes = 0

    def add(self, file: RemoteFile, *, is_fetched: bool) -> None:
        """Count a file that is there: fetched just now, or by an earlier run."""
        if is_fetched:
            self._num_fetched += 1
            self._fetched_bytes += file.num_bytes
        else:
            self._num_present += 1
            self._present_bytes += file.num_bytes
        if self._clock() - self._said_s >= _SAY_EVERY_S:
            self.say_now()

    def say_now(self) -> None:
        """Say how far it is; what was there before counts as done, not as speed."""
        self._said_s = self._clock()
        elapsed_s = self._said_s - self._started_s
        done_bytes = self._fetched_bytes + self._present_bytes
        num_done = self._num_fetched + self._num_present
        line = f"{num_done} of {self._num_files} photographs"
        line += f", {done_bytes / _MB:.1f}/{self._all_bytes / _MB:.1f} MB"
        if self._fetched_bytes and elapsed_s > 0:
            left_s = (self._all_bytes - done_bytes) * elapsed_s / self._fetched_bytes
            mb_per_s = self._fetched_bytes / _MB / elapsed_s
            line += f", {mb_per_s:.2f} MB/s, {left_s / 60:.1f} min left"
        self._say(line)

    def to_downloaded(self) -> Downloaded:
        """Return the figures."""
        return Downloaded(
            num_fetched=self._num_fetched,
            num_present=self._num_present,
            fetched_bytes=self._fetched_bytes,
        )
