"""The programs that a recording needs besides Python."""

import shutil

# Debian's package of each.
PACKAGES = {"Xvfb": "xvfb", "xdotool": "xdotool", "ffmpeg": "ffmpeg"}


def find_missing() -> list[str]:
    """Return Debian's names of the packages whose program is not there."""
    return [package for program, package in PACKAGES.items() if shutil.which(program) is None]
