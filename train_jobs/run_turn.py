"""When a run may work, and what may stop it: its turn among others, and signals."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from cluster.errors import RunError
from cluster.file_lock import try_lock
from cluster.settings import Settings
from train_jobs.run_reporter import RunCancelled, RunReporter

_QUEUE_POLL_S = 1.0


@contextmanager
def turn(settings: Settings, reporter: RunReporter, *, timeout_s: float) -> Iterator[None]:
    """Wait until no other run is at work; the lock of a process that died is free at once."""
    path = settings.layout.retrain_lock_path
    deadline_s = time.monotonic() + timeout_s
    with path.open("a+") as lock:
        while not try_lock(lock.fileno()):
            lock.seek(0)
            holder = lock.read(200).strip() or "another run"
            if time.monotonic() > deadline_s:
                raise RunError(
                    f"{holder} did not end within {timeout_s:.0f} s. Cancel it, or ask again later."
                )
            reason = f"waits for {holder}"
            if reporter.status.reason != reason:
                reporter.update(reason=reason)
            reporter.check_cancelled()
            time.sleep(_QUEUE_POLL_S)
        lock.truncate(0)
        lock.write(reporter.status.run_id)
        lock.flush()
        yield


@contextmanager
def ended_by_signal() -> Iterator[None]:
    """Let a request to end (SIGTERM, as Ray's job API sends it) cancel the run in good order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let a promotion come to its end: it takes seconds, and half of one must be taken back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _cancel(number: int, frame: object) -> NoReturn:  # noqa: ARG001
    raise RunCancelled("ended by a signal")
