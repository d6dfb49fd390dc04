"""Threads that keep work away from the window: results come back through one queue."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Job = Callable[[], None]
ItemT = TypeVar("ItemT")

_JOIN_TIMEOUT_S = 0.5


class Inbox(Generic[ItemT]):
    """Carries items from any thread to the window's; ``wake`` rouses a window that sleeps."""

    def __init__(self) -> None:
        """Start empty, with nobody to wake."""
        self._items: queue.SimpleQueue[ItemT] = queue.SimpleQueue()
        self._wake: Job | None = None

    def set_wake(self, wake: Job | None) -> None:
        """Call ``wake`` after each item from now on."""
        self._wake = wake

    def put(self, item: ItemT) -> None:
        """Hand an item over; never blocks."""
        self._items.put(item)
        wake = self._wake
        if wake is not None:
            wake()

    @property
    def is_empty(self) -> bool:
        """Nothing waits at this moment."""
        return self._items.empty()

    def drain(self, max_items: int) -> list[ItemT]:
        """Return what has come, oldest first, at most ``max_items``; never blocks."""
        items: list[ItemT] = []
        while len(items) < max_items:
            try:
                items.append(self._items.get_nowait())
            except queue.Empty:
                break
        return items


class Workers:
    """A fixed number of daemon threads that run jobs first come, first served.

    Not ``ThreadPoolExecutor``: its threads are joined at exit, so a request that waits for a dead
    server would hold up the closing of the window.
    """

    def __init__(
        self, name: str, *, num_threads: int, report_crash: Callable[[Exception], None]
    ) -> None:
        """Make the threads; none runs before ``start``, and jobs wait for it."""
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._report_crash = report_crash
        self._is_closed = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{idx}", daemon=True)
            for idx in range(num_threads)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Run ``job`` when a thread is free; after ``close`` it is dropped."""
        self._jobs.put(job)

    def close(self) -> None:
        """Drop what waits, let running jobs end for half a second, then leave them."""
        self._is_closed.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_JOIN_TIMEOUT_S)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None or self._is_closed.is_set():
                return
            try:
                job()
            except Exception as error:
                if self._is_closed.is_set():
                    # What it worked with is closed, and nobody waits for it.
                    return
                # A thread that died silently would leave the user waiting.
                logger.exception("a job failed")
                self._report_crash(error)


class Repeater:
    """Runs a job at once and then every ``interval_s`` seconds, until closed."""

    def __init__(
        self,
        name: str,
        job: Job,
        *,
        interval_s: float,
        report_crash: Callable[[Exception], None],
    ) -> None:
        """Start the thread."""
        self._job = job
        self._interval_s = interval_s
        self._report_crash = report_crash
        self._is_closed = threading.Event()
        self._is_due = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)
        self._thread.start()

    def hasten(self) -> None:
        """Begin the next round at once, or after the one that runs."""
        self._is_due.set()

    def stop(self) -> None:
        """Stop after the round that runs, without waiting for it."""
        self._is_closed.set()
        self._is_due.set()

    def close(self) -> None:
        """Stop after the round that runs; does not wait for it long."""
        self.stop()
        if threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_TIMEOUT_S)

    def _repeat(self) -> None:
        while not self._is_closed.is_set():
            try:
                self._job()
            except Exception as error:
                if self._is_closed.is_set():
                    return
                logger.exception("a repeated job failed and is ended")
                self._report_crash(error)
                return
            self._is_due.wait(self._interval_s)
            self._is_due.clear()
