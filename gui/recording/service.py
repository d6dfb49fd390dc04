"""A cluster for the story alone: its home and ports are its own, and it is gone afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.ports import is_taken, list_port_uses
from cluster.settings import LOOPBACK, Settings
from cluster.storage import Layout
from gui.recording.screen import RecordingError

_COMMAND_TIMEOUT_S = 300
# Neither the system (from 32768) nor Ray's workers (to 19999) hand these out.
_PORTS = range(22000, 23000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that is up, and the environment of those who use it."""

    url: str
    key_path: Path
    environment: dict[str, str]


@contextmanager
def running_service(home: Path) -> Iterator[Service]:
    """Start the services on this machine, and stop them afterwards.

    Raises:
        RecordingError: they cannot be started.
    """
    uses = list_port_uses(Settings(home=home))
    free = [port for port in _PORTS if not is_taken(port)][: len(uses)]
    if len(free) < len(uses):
        raise RecordingError(f"Too few ports from {_PORTS.start} to {_PORTS.stop} are free.")
    ports = {use.variable: str(port) for use, port in zip(uses, free, strict=True)}
    environment = {**os.environ, **ports, "LEAFRAY_HOME": str(home)}
    try:
        _run_cluster("up", environment)
        yield Service(
            url=f"http://{LOOPBACK}:{ports['LEAFRAY_HTTP_PORT']}",
            key_path=Layout(home=home).admin_key_path,
            environment=environment,
        )
    finally:
        _run_cluster("down", environment)


def _run_cluster(command: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cluster", command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_COMMAND_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise RecordingError(
            f"`python -m cluster {command}` failed:\n{done.stderr.strip()[-2000:]}"
        )
