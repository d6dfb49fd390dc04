"""The programs that a recording needs besides Python."""

import shutil
from collections.abc import Iterable

# Debian's package of each.
PACKAGES = {"Xvfb": "xvfb", "xdotool": "xdotool", "ffmpeg": "ffmpeg"}


def find_missing(programs: Iterable[str] = PACKAGES) -> list[str]:
    """Return Debian's names of the packages whose program is not there."""
    return [PACKAGES[program] for program in programs if shutil.which(program) is None]
