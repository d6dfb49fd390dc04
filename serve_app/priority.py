"""Threads that work only where nobody waits: callers come first on every core."""

import os
import threading

_LOWEST = 19


def lower_priority() -> None:
    """Give the calling thread the lowest priority; Linux keeps one for each thread."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST)
