"""Locks on files: they end with the process that holds them, however it ends."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_S = 0.02


class LockTakenError(Exception):
    """Somebody else holds the lock."""


@contextmanager
def hold(path: Path, *, is_shared: bool = False, timeout_s: float = 0.0) -> Iterator[None]:
    """Hold a lock, alone or with others who share it; its file is made where it is missing.

    Raises:
        LockTakenError: it was not free within ``timeout_s``.
    """
    with path.open("a") as file:
        until_s = time.monotonic() + timeout_s
        while not try_lock(file.fileno(), is_shared=is_shared):
            if time.monotonic() >= until_s:
                raise LockTakenError(path)
            time.sleep(_POLL_S)
        yield


def try_lock(descriptor: int, *, is_shared: bool = False) -> bool:
    """Lock an open file until it is closed; tell whether that was possible at once."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
