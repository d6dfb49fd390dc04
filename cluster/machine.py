"""Where and with what a measurement was made: a number without that is no claim."""

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from cluster.storage import PROJECT_DIR

# The results of a measurement are no change of what was measured.
_RESULTS_DIRS = ("loadtest/results", "train_jobs/results", "gui/results")
_CPU_INFO = Path("/proc/cpuinfo")


class Machine(BaseModel):
    """The machine, the code and the packages at the time of a measurement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_at: str
    commit: str
    system: str
    processor: str
    num_cores: int
    memory_gib: float
    python: str
    packages: dict[str, str]
    busy_cores_before: float


def describe_machine(*, packages: Iterable[str], busy_cores_before: float) -> Machine:
    """Describe this machine; `busy_cores_before` is what ran on it beside the measurement.

    `packages` are those whose versions matter; one that is not installed is left out.
    """
    return Machine(
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=find_commit(),
        system=f"{platform.system()} {platform.machine()}",
        processor=_find_processor(),
        num_cores=count_cores(),
        memory_gib=round(psutil.virtual_memory().total / 1024**3, 1),
        python=platform.python_version(),
        packages=_find_versions(packages),
        busy_cores_before=round(busy_cores_before, 2),
    )


def count_cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measure_busy_cores(seconds: float) -> float:
    """Return how many cores are busy on average while nothing is asked of anyone."""
    return psutil.cpu_percent(interval=seconds) / 100 * (os.cpu_count() or 1)


def _find_versions(packages: Iterable[str]) -> dict[str, str]:
    installed = {
        name.lower(): distribution.version
        for distribution in importlib.metadata.distributions()
        if (name := distribution.metadata["Name"])
    }
    return {name: installed[name] for name in packages if name in installed}


def _find_processor() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def find_commit() -> str:
    """Return the commit of this code, and whether it was changed; `unknown` outside a checkout."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments],
            cwd=PROJECT_DIR,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout.strip()

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        others = [f":!{folder}" for folder in _RESULTS_DIRS]
        changed = git("status", "--porcelain", "--", *others)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{commit} with uncommitted changes" if changed else commit
