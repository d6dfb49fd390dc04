"""Starts and stops the service on this computer, by the command that a person would type.

Runs on workers. What it prints goes to a file and is read from there: with a pipe the command would
fail at its next line if the window were closed.
"""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cluster.storage import PROJECT_DIR
from gui.service.command import Command

_NEEDED = ("ray", "fastapi", "mlflow", "pydantic_settings")
_LOOK_INTERVAL_S = 0.2
_MAX_CHUNK_BYTES = 64 * 1024
# `cluster up` gives up by itself after 180 s for each of its services.
_TIMEOUT_S = 900.0


def can_run() -> bool:
    """Tell whether the packages of a service are installed beside those of the window."""
    is_bundled = getattr(sys, "frozen", False)
    return not is_bundled and all(importlib.util.find_spec(name) for name in _NEEDED)


def run_command(
    command: Command, log_path: Path, report: Callable[[tuple[str, ...]], None]
) -> int | None:
    """Run the command to its end and report its lines as they come; return its exit status.

    None: it runs on after 15 minutes; its file goes on too.

    Raises:
        OSError: it cannot be started, or its file not be written.
    """
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cluster", command.value],
            cwd=PROJECT_DIR,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl+C in the window's terminal is not for the service.
            start_new_session=True,
        )
    deadline_s = time.monotonic() + _TIMEOUT_S
    with log_path.open("rb") as printed:
        rest = b""
        while process.poll() is None and time.monotonic() < deadline_s:
            rest = _report_lines(rest + printed.read(_MAX_CHUNK_BYTES), report)
            time.sleep(_LOOK_INTERVAL_S)
        while chunk := printed.read(_MAX_CHUNK_BYTES):
            rest = _report_lines(rest + chunk, report)
        _report_lines(rest + b"\n" if rest else b"", report)
    return process.returncode


def _report_lines(content: bytes, report: Callable[[tuple[str, ...]], None]) -> bytes:
    """Report all whole lines; return what has no end yet."""
    *lines, rest = content.split(b"\n")
    texts = (line.decode(errors="replace").rstrip() for line in lines)
    shown = tuple(text for text in texts if text)
    if shown:
        report(shown)
    return rest
