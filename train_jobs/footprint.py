"""What serving an artifact costs: time of one inference and memory of a process, side by side."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from cluster.storage import PROJECT_DIR
from models.leaf_drawing import draw_leaf
from models.predictor import Predictor

_NUM_RUNS = 300
_RUNS_PER_ROUND = 10
_NUM_WARM_UP = 5
_TIMEOUT_S = 120.0
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What one artifact costs."""

    latency_p95_ms: float
    """Of the calmest of several rounds."""
    memory_mb: float


def measure_footprints(artifact_dirs: Mapping[str, Path]) -> dict[str, Footprint]:
    """Measure artifacts by turns, so that what else the machine does hits all alike."""
    predictors = {name: Predictor.load(folder) for name, folder in artifact_dirs.items()}
    image = draw_leaf(0)
    batches = {name: predictor.preprocess([image]) for name, predictor in predictors.items()}
    times_ms: dict[str, list[float]] = {name: [] for name in predictors}
    for run in range(_NUM_WARM_UP + _NUM_RUNS):
        for name, predictor in predictors.items():
            started_s = time.perf_counter()
            predictor.infer(batches[name])
            if run >= _NUM_WARM_UP:
                times_ms[name].append(1000 * (time.perf_counter() - started_s))
    return {
        name: Footprint(
            latency_p95_ms=find_calmest_p95(times_ms[name]),
            memory_mb=_measure_memory(folder),
        )
        for name, folder in artifact_dirs.items()
    }


def find_calmest_p95(times_ms: Sequence[float]) -> float:
    """Return the lowest of the 95th percentiles of rounds of `_RUNS_PER_ROUND`.

    Other work on the machine can only make a round slower, and it comes in bursts: over all runs
    the percentile of the same graph came out a third higher than that of its twin.
    """
    starts = range(0, len(times_ms), _RUNS_PER_ROUND)
    rounds = [times_ms[start : start + _RUNS_PER_ROUND] for start in starts]
    return min(float(np.quantile(times, 0.95)) for times in rounds)


def _measure_memory(artifact_dir: Path) -> float:
    """Return what a process of its own holds after a prediction."""
    done = subprocess.run(
        [sys.executable, "-m", "train_jobs.footprint", str(artifact_dir.resolve())],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=True,
    )
    return float(done.stdout) / _MEGABYTE


def main() -> None:
    """Print the bytes that this process alone holds after a prediction with the artifact named."""
    predictor = Predictor.load(Path(sys.argv[1]))
    predictor.predict_image(draw_leaf(0))
    sys.stdout.write(str(psutil.Process().memory_full_info().uss))


if __name__ == "__main__":
    main()
