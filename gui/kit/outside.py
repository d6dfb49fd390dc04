"""Shows folders and pages with the programs of the system. Runs on workers."""

import os
import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path

_START_TIMEOUT_S = 3.0


class OutsideError(Exception):
    """The system has no program for it; the message says what to do instead."""


def open_folder(path: Path) -> None:
    """Show a folder in the system's file manager.

    Raises:
        OutsideError: it is not there, or there is no file manager.
    """
    if not path.is_dir():
        raise OutsideError(f"The folder {path} is not there yet: nothing was kept so far.")
    if sys.platform == "win32":
        os.startfile(path)  # noqa: S606 (a folder that we named ourselves)
        return
    program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if program is None:
        raise OutsideError(f"No file manager was found here. The folder is {path}.")
    process = subprocess.Popen(
        [program, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        status = process.wait(_START_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        # Some file managers run as long as their window.
        return
    if status != 0:
        raise OutsideError(f"The file manager did not open. The folder is {path}.")


def open_page(url: str) -> None:
    """Show a page in the system's browser.

    Raises:
        OutsideError: there is no browser.
    """
    if not webbrowser.open(url):
        raise OutsideError(f"No browser could be started. The address is {url}")
