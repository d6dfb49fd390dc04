"""Sleeping until something happens: the loop waits for input and workers can rouse it.

Dear PyGui can wait for input but offers nothing to end the wait from a thread. Its library has
GLFW inside, and on Linux and macOS exports ``glfwPostEmptyEvent``, which may be called from any
thread and does just that. Where it is not exported the loop looks every ``POLL_INTERVAL_S``.
"""

import ctypes
from collections.abc import Callable

POLL_INTERVAL_S = 0.1


def find_wake() -> Callable[[], None] | None:
    """Return what rouses a waiting loop, None where nothing can."""
    # Imported here because the compiled module must not load before the display was checked.
    import dearpygui._dearpygui as compiled

    try:
        post_empty_event = ctypes.CDLL(compiled.__file__).glfwPostEmptyEvent
    except (OSError, AttributeError, TypeError):
        return None
    post_empty_event.argtypes = []
    post_empty_event.restype = None

    def wake() -> None:
        post_empty_event()

    return wake
