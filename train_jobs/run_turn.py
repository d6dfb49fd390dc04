"""When a run may work, and what may stop it: its turn among others, and signals."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from cluster.errors import RunError
from cluster.file_lock import try_lock
from cluster.run_status import RunState, reconcile
from cluster.settings import Settings
from train_jobs.run_reporter import RunCancelled, RunReporter

_QUEUE_POLL_S = 1.0


@contextmanager
def turn(
    settings: Settings, reporter: RunReporter, *, timeout_s: float, poll_s: float = _QUEUE_POLL_S
) -> Iterator[None]:
    """Wait until no other run is at work, and none that was asked for before waits too.

    The lock of a process that died is free at once, and its place in the queue with it.

    Raises:
        RunError: the turn did not come in time.
        RunCancelled: somebody asked the run to end.
    """
    path = settings.layout.retrain_lock_path
    deadline_s = time.monotonic() + timeout_s
    with path.open("a+") as lock:
        while (before := _find_before(settings, reporter)) or not try_lock(lock.fileno()):
            lock.seek(0)
            holder = before or lock.read(200).strip() or "another run"
            if time.monotonic() > deadline_s:
                raise RunError(
                    f"{holder} did not end within {timeout_s:.0f} s. Cancel it, or ask again later."
                )
            reason = f"waits for {holder}"
            if reporter.status.reason != reason:
                reporter.update(reason=reason)
            reporter.check_cancelled()
            time.sleep(poll_s)
        lock.truncate(0)
        lock.write(reporter.status.run_id)
        lock.flush()
        yield


def _find_before(settings: Settings, reporter: RunReporter) -> str | None:
    """Return the run that is next of those that wait; None if it is this one."""
    own = reporter.status
    waiting = [
        (run.created_s, run.run_id)
        for run in reconcile(settings.layout)
        if run.status is RunState.QUEUED and run.process is not None
    ]
    place, run_id = min(waiting, default=(own.created_s, own.run_id))
    return run_id if (place, run_id) < (own.created_s, own.run_id) else None


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
