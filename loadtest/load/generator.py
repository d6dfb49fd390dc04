"""Locust in a process of its own: started, watched and ended."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from cluster.storage import PROJECT_DIR
from loadtest.servers import ServerError

LOG_FILE = "locust.log"
_LOCUSTFILES = "loadtest/locustfile.py,loadtest/locust_shape.py"
_POLL_S = 1.0
_WINDOW = 5
# The longest that a question of our client may take is three attempts and their pauses.
_STOP_TIMEOUT_S = 95
# Start, end, and what the last questions take.
_SPARE_S = 60 + _STOP_TIMEOUT_S
_KILL_TIMEOUT_S = 10.0
_MAX_TAIL_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What Locust is to do; `user_names` empty: all users of the file."""

    shape_name: str
    duration_s: float
    unit_rps: float
    url: str
    key_path: Path
    artifact_dir: Path
    photo_paths: tuple[Path, ...]
    log_dir: Path
    user_names: tuple[str, ...] = ()
    photos_per_request: int = 1
    num_processes: int = 1


def run_locust(order: Order) -> float:
    """Let Locust do it; return how many cores it took in its busiest seconds.

    Raises:
        ServerError: Locust failed, or did not end in time; the message holds what it said.
    """
    log_path = order.log_dir / LOG_FILE
    with (
        log_path.open("wb") as log,
        subprocess.Popen(
            _to_command(order),
            cwd=PROJECT_DIR,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # As the cluster: Linux shares the cores out by session.
            start_new_session=True,
        ) as process,
    ):
        try:
            busiest = _watch(process, order.duration_s + _SPARE_S)
        finally:
            _end(process)
    if process.returncode != 0:
        tail = log_path.read_text("utf-8", "replace")[-_MAX_TAIL_CHARS:]
        raise ServerError(f"Locust failed ({process.returncode}). The end of {log_path}:\n{tail}")
    return busiest


def _to_command(order: Order) -> list[str]:
    command = [sys.executable, "-m", "locust", "-f", _LOCUSTFILES, "--headless"]
    command += ["--host", order.url, "--load-shape", order.shape_name]
    command += ["--unit-rps", f"{order.unit_rps:.3f}", "--key-file", str(order.key_path)]
    command += ["--artifact", str(order.artifact_dir), "--log-dir", str(order.log_dir)]
    command += ["--photos-per-request", str(order.photos_per_request)]
    command += ["--photos", *map(str, order.photo_paths)]
    command += ["--stop-timeout", str(_STOP_TIMEOUT_S), "--exit-code-on-error", "0"]
    command += ["--html", str(order.log_dir / "locust.html"), "--only-summary"]
    if order.num_processes > 1:
        command += ["--processes", str(order.num_processes)]
    return [*command, *order.user_names]


def _watch(process: "subprocess.Popen[bytes]", timeout_s: float) -> float:
    """Wait for the end; return the cores of its busiest `_WINDOW` seconds."""
    deadline_s = time.monotonic() + timeout_s
    used: list[tuple[float, float]] = []
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_S)
            return find_busiest(used)
        if time.monotonic() > deadline_s:
            raise ServerError(f"Locust did not end within {timeout_s:.0f} s.")
        used.append((time.monotonic(), _count_cpu_s(process.pid)))


def find_busiest(used: Sequence[tuple[float, float]]) -> float:
    """Return the most cores that were busy between two looks, `_WINDOW` looks apart."""
    spans = zip(used, used[_WINDOW:], strict=False)
    return max(((cpu - cpu_0) / (at_s - at_0) for (at_0, cpu_0), (at_s, cpu) in spans), default=0.0)


def _count_cpu_s(pid: int) -> float:
    total_s = 0.0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for item in (process, *process.children(recursive=True)):
            times = item.cpu_times()
            total_s += times.user + times.system
    return total_s


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End what is left of its session, workers included."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_KILL_TIMEOUT_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
