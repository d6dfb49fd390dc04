"""The window's benchmark: starts, a window left alone, uploads; screen and cluster are its own.

The screen is Xvfb, so OpenGL is computed by the processor: a graphics card draws faster.
"""

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.machine import Machine, describe_machine, measure_busy_cores
from gui.bench.frames import Frame
from gui.bench.processes import measure_cpu_percent, open_window
from gui.bench.upload import measure_upload, write_photos
from gui.kit.tabs import Tab
from gui.recording.programs import find_missing
from gui.recording.screen import RecordingError, open_screen
from gui.recording.service import Service, running_service

Say = Callable[[str], None]

_PACKAGES = ("dearpygui", "numpy", "pillow", "httpx2", "onnxruntime", "ray")
_FIRST_SEED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    name: str
    num_starts: int
    num_uploads: int
    num_photos: int
    settling_s: float
    """Before a window counts as left alone: it has looked at the server and loaded its tab."""
    idle_s: float


FULL = Plan(name="full", num_starts=5, num_uploads=3, num_photos=300, settling_s=4.0, idle_s=8.0)
QUICK = Plan(name="quick", num_starts=1, num_uploads=1, num_photos=12, settling_s=2.0, idle_s=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything that one run found."""

    plan: Plan
    machine: Machine
    first_frames_s: tuple[float, ...]
    idle_percent: Mapping[Tab, float]
    uploads: tuple[tuple[Frame, ...], ...]


def run_bench(plan: Plan, *, say: Say) -> Measurement:
    """Start what is needed, measure, and leave the machine as it was.

    Raises:
        RecordingError: a part did not run; the message says what to do.
    """
    missing = find_missing(("Xvfb", "xdotool"))
    if missing:
        raise RecordingError(f"Programs are missing; as root: apt-get install {' '.join(missing)}")
    busy_cores = measure_busy_cores(plan.settling_s)
    say(f"{busy_cores:.2f} cores are busy before the measurement; starting a cluster")
    with (
        tempfile.TemporaryDirectory(prefix="leafray-window-bench-") as name,
        running_service(Path(name) / "home") as service,
        open_screen() as display,
    ):
        bench = _Bench(plan, service, display, Path(name), say)
        first_frames_s = bench.measure_starts()
        idle_percent = bench.measure_idling()
        uploads = bench.measure_uploads()
    return Measurement(
        plan=plan,
        machine=describe_machine(packages=_PACKAGES, busy_cores_before=busy_cores),
        first_frames_s=first_frames_s,
        idle_percent=idle_percent,
        uploads=uploads,
    )


class _Bench:
    """Windows on one screen, with one server."""

    def __init__(self, plan: Plan, service: Service, display: str, folder: Path, say: Say) -> None:
        self._plan, self._service, self._folder, self._say = plan, service, folder, say
        config_dir = folder / "config"
        settings_path = config_dir / "leafray" / "settings.json"
        settings_path.parent.mkdir(parents=True)
        settings_path.write_text('{"is_welcomed": true}', encoding="utf-8")
        # Neither settings nor photographs of whoever measures.
        self._environment = {
            **os.environ,
            **service.environment,
            "DISPLAY": display,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(config_dir),
        }
        self._arguments = [
            *("--timing", "--server", service.url, "--key-file", str(service.key_path)),
        ]

    def measure_starts(self) -> tuple[float, ...]:
        """Start the window again and again; the first start compiles, and is not counted."""
        seconds = []
        for _ in range(1 + self._plan.num_starts):
            with open_window("gui", self._arguments, self._environment) as window:
                seconds.append(window.first_frame_s)
        self._say(f"first frame after {', '.join(f'{value:.2f}' for value in seconds[1:])} s")
        return tuple(seconds[1:])

    def measure_idling(self) -> dict[Tab, float]:
        """Open each tab in a window of its own, and leave it alone."""
        percent = {}
        for tab in Tab:
            arguments = [*self._arguments, "--tab", tab.value]
            with open_window("gui", arguments, self._environment) as window:
                time.sleep(self._plan.settling_s)
                percent[tab] = measure_cpu_percent(window.pid, self._plan.idle_s)
            self._say(f"idle on the tab {tab}: {percent[tab]:.1f} % of a core")
        return percent

    def measure_uploads(self) -> tuple[tuple[Frame, ...], ...]:
        """Give photographs, each time other ones: the server keeps what it has."""
        plan, uploads = self._plan, []
        for idx in range(plan.num_uploads):
            folder = self._folder / f"photos-{idx}"
            write_photos(folder, plan.num_photos, first_seed=_FIRST_SEED + idx * plan.num_photos)
            frames = measure_upload(
                self._service, self._environment, folder, self._folder / f"frames-{idx}.txt"
            )
            longest = max(frames, key=lambda frame: frame.total_ms)
            self._say(
                f"upload {idx + 1}/{plan.num_uploads}  {len(frames)} frames, the longest "
                f"{longest.total_ms:.1f} ms ({longest.own_ms:.1f} ours) while {longest.phase}"
            )
            uploads.append(frames)
        return tuple(uploads)
