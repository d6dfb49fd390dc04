"""Where a drill takes place: a running cluster, a load on it, and eyes on its replicas."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from cluster.settings import Settings
from cluster.storage import PROJECT_DIR
from loadtest.patient_loop import PatientLoad
from loadtest.replica_watch import ReplicaWatch
from loadtest.servers import Report
from loadtest.story import Event

_POLL_S = 0.1
_MAX_COMMAND_S = 300.0


class Stage:
    """What a drill acts on; remembers what it did."""

    def __init__(
        self,
        *,
        settings: Settings,
        artifact_dir: Path,
        load: PatientLoad,
        watch: ReplicaWatch,
        report: Report,
    ) -> None:
        self.settings = settings
        self.artifact_dir = artifact_dir
        self.load = load
        self.watch = watch
        self.events: list[Event] = []
        self._report = report

    def mark(self, name: str) -> float:
        """Note that something happened now; return the time."""
        event = Event(at_s=self.load.elapsed_s, name=name)
        self.events.append(event)
        self._report(f"{event.at_s:6.1f} s  {name}")
        return event.at_s

    @property
    def num_running(self) -> int:
        """Replicas that took requests at the last look."""
        return len(self.watch.list_running())

    async def wait_until(self, condition: Callable[[], bool], *, timeout_s: float) -> bool:
        """Wait for a condition; return whether it came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():  # noqa: ASYNC110 - it is told by another thread
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            return False
        return True

    async def run_cluster(self, *arguments: str) -> tuple[int, str]:
        """Run ``python -m cluster``; return its exit status and what it said of an error."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cluster", *arguments),
            cwd=PROJECT_DIR,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_MAX_COMMAND_S):
                _, said = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return -1, f"no end within {_MAX_COMMAND_S:.0f} s"
        return process.returncode or 0, said.decode("utf-8", "replace").strip()
