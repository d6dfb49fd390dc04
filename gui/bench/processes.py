"""Windows as processes: started, timed, left alone, and ended."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from gui.recording.screen import RecordingError

_FIRST_FRAME = re.compile(r"first frame after (\d+\.\d+) s")
_END_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowProcess:
    """A window on the screen; its first frame was drawn so long after the process began."""

    pid: int
    first_frame_s: float


@contextmanager
def open_window(
    module: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> Iterator[WindowProcess]:
    """Run a module of the window until its first frame is there; end it with the block.

    Raises:
        RecordingError: it ended before.
    """
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout is not None else ""
            found = _FIRST_FRAME.match(line)
            if found is None:
                raise RecordingError("The window did not open; what it printed stands above.")
            yield WindowProcess(pid=process.pid, first_frame_s=float(found[1]))
        finally:
            process.terminate()
            process.wait(_END_TIMEOUT_S)


def measure_cpu_percent(pid: int, seconds: float) -> float:
    """Return what a process and its threads use meanwhile, in percent of one core."""
    process = psutil.Process(pid)
    before, started_s = process.cpu_times(), time.monotonic()
    time.sleep(seconds)
    after, elapsed_s = process.cpu_times(), time.monotonic() - started_s
    used_s = after.user + after.system - before.user - before.system
    # The clocks of a process differ by some nanoseconds from one look to the next.
    return max(0.0, 100 * used_s / elapsed_s)
