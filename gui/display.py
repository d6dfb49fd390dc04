"""Is there a display with OpenGL? Asked before Dear PyGui is, which would crash without."""

import ctypes
import os
import sys
from collections.abc import Mapping

_ADVICE = (
    "use python -m serve_app predict PHOTO... or python -m models predict PHOTO... --json instead"
)


def find_display_problem(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return in one line why no window can be opened, None if one can."""
    if not sys.platform.startswith("linux"):
        return None
    name = environment.get("DISPLAY", "")
    if not name:
        return f"no display: DISPLAY is not set; {_ADVICE}"
    for library, package in (("libX11.so.6", "libx11-6"), ("libGL.so.1", "libgl1")):
        try:
            ctypes.CDLL(library)
        except OSError:
            return f"no display: {library} is missing (Debian package {package}); {_ADVICE}"
    if not _can_connect(name):
        return f"no display: nothing answers at DISPLAY={name}; {_ADVICE}"
    return None


def _can_connect(name: str) -> bool:
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    connection = x11.XOpenDisplay(name.encode())
    if not connection:
        return False
    x11.XCloseDisplay(connection)
    return True
