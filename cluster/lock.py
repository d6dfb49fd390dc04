"""One start or stop of an installation at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.errors import ClusterError
from cluster.file_lock import try_lock
from cluster.http_probe import wait_for

_LOCK_TIMEOUT_S = 300.0

Report = Callable[[str], None]
"""Takes one line of progress."""


@contextmanager
def locked(lock_path: Path, *, report: Report) -> Iterator[None]:
    """Hold the lock of this installation; a second command waits for the first, not for ever."""
    with lock_path.open("w") as lock:
        if not try_lock(lock.fileno()):
            report("Another start or stop is at work; waiting for it ...")
            if not wait_for(lambda: try_lock(lock.fileno()), timeout_s=_LOCK_TIMEOUT_S):
                raise ClusterError(
                    f"Another start or stop has held {lock_path} for {_LOCK_TIMEOUT_S:.0f} s. "
                    "End it, then try again."
                )
        yield
