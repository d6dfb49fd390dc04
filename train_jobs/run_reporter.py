"""Tells where a retraining run stands, from its own process: stages, progress, signs of life."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from ray.train import UserCallback

from cluster.atomic_file import replace_file
from cluster.run_report import RunPoint, append_point
from cluster.run_status import (
    HEARTBEAT_S,
    RunProgress,
    RunState,
    RunStatus,
    to_time,
    write_status,
)
from cluster.storage import Layout

# The curves of a training, for who looks at it.
_TOLD_METRICS = ("train/loss", "val/loss", "val/macro_f1", "val/top1_accuracy")


class RunCancelled(Exception):  # noqa: N818  (an end, no error)
    """Somebody asked the run to end."""


class RunReporter:
    """Owns the status file of one run while the block runs; a thread beats in it."""

    def __init__(self, layout: Layout, status: RunStatus, *, say: Callable[[str], None]) -> None:
        """Take the status to start with; nothing is written before the block is entered."""
        self._layout = layout
        self._say = say
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._status = status
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self.update()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    @property
    def status(self) -> RunStatus:
        """What was written last."""
        return self._status

    @property
    def progress_path(self) -> Path:
        """Where another process of this run may leave its progress."""
        return self._layout.run_dir(self._status.run_id) / "progress.json"

    @property
    def _points_path(self) -> Path:
        return self._layout.run_points_path(self._status.run_id)

    def watch_epochs(self, epochs: int) -> "ProgressCallback":
        """Return what tells of each epoch of Ray Train."""
        return ProgressCallback(self.progress_path, self._points_path, epochs)

    def tell_iteration(self, progress: RunProgress, metrics: dict[str, float]) -> None:
        """Tell how far a training in this process is, and add to its curves."""
        append_point(self._points_path, RunPoint(epoch=progress.epoch, metrics=metrics))
        self.update(progress=progress, metrics=metrics)

    def update(self, **changes: Any) -> None:
        """Change fields and write the status."""
        with self._lock:
            changes.setdefault("heartbeat_s", time.time())
            self._status = write_status(self._layout, self._status.model_copy(update=changes))

    def begin(self, stage: str, words: str) -> None:
        """Go on to a stage.

        Raises:
            RunCancelled: somebody asked the run to end.
        """
        self.check_cancelled()
        self._say(f"[{stage}] {words}")
        self.update(status=RunState.RUNNING, stage=stage, progress=RunProgress(), reason="")

    def check_cancelled(self) -> None:
        """Stop here if somebody asked for it.

        Raises:
            RunCancelled: somebody did.
        """
        if self._layout.run_cancel_path(self._status.run_id).exists():
            raise RunCancelled("cancelled on request")

    def end(self, state: RunState, reason: str) -> RunStatus:
        """Write how the run ended."""
        now_s = time.time()
        self.update(status=state, reason=reason, ended=to_time(now_s), heartbeat_s=now_s)
        self._say(f"{self._status.run_id}: {state.value.replace('_', ' ')}: {reason}")
        return self._status

    def _beat(self) -> None:
        while not self._is_over.wait(HEARTBEAT_S):
            if self._status.status.is_terminal:
                return
            # What the training left must not be told of a later stage.
            is_training = self._status.stage == "train"
            try:
                self.update(**load_progress(self.progress_path) if is_training else {})
            except OSError:  # a full disk must not end the beat: the next one may find room
                continue


class EpochReport(BaseModel):
    """What one epoch of a training leaves for the run's status."""

    model_config = ConfigDict(frozen=True)

    progress: RunProgress
    metrics: dict[str, float]


def load_progress(path: Path) -> dict[str, Any]:
    """Read what another process left, as fields of the status; nothing if it left none."""
    try:
        return dict(EpochReport.model_validate_json(path.read_bytes()))
    except (OSError, ValueError):
        return {}


class ProgressCallback(UserCallback):
    """Leaves each epoch's progress of Ray Train, whose controller is a process of its own."""

    def __init__(self, progress_path: Path, points_path: Path, epochs: int) -> None:
        """Keep where to, and of how many epochs."""
        self._progress_path, self._points_path = progress_path, points_path
        self._epochs = epochs

    def after_report(
        self,
        run_context: Any,  # noqa: ARG002
        metrics: list[dict[str, Any]],
        checkpoint: Any,  # noqa: ARG002
    ) -> None:
        """Write what the first worker reports."""
        report = to_epoch_report(metrics[0], self._epochs)
        replace_file(self._progress_path, report.model_dump_json().encode(), is_synced=False)
        point = RunPoint(epoch=report.progress.epoch, metrics=report.metrics)
        append_point(self._points_path, point)


def to_epoch_report(report: Mapping[str, Any], epochs: int) -> EpochReport:
    """Return what to tell of an epoch's report."""
    epoch = int(report["epoch"])
    return EpochReport(
        progress=RunProgress(
            epoch=epoch,
            epochs=epochs,
            images_per_s=float(report["train/images_per_s"]),
            eta_s=(epochs - epoch) * float(report["train/epoch_s"]),
        ),
        metrics={name: float(report[name]) for name in _TOLD_METRICS if name in report},
    )
