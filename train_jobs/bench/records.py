"""What the processes of a stream write down, and the trace that it adds up to.

Files, because the processes belong to Ray, to torch and to a DataLoader. They all run on one
machine, whose monotonic clock they share.
"""

import itertools
import json
import os
import time
from collections.abc import Iterable
from io import RawIOBase
from pathlib import Path

import numpy as np
from torch import Tensor

from train_jobs.augment import Augmentation, AugmentationConfig, Pixels
from train_jobs.bench.errors import BenchError
from train_jobs.bench.plan import Stream
from train_jobs.bench.rounds import Trace
from train_jobs.learner import Learner
from train_jobs.progress import Progress

_DECODED_SUFFIX = ".decoded"


class RecordedAugmentation(Augmentation):
    """Augments, and notes when each image was done: eight bytes and some microseconds each."""

    def __init__(
        self, config: AugmentationConfig, scenes: tuple[Path, ...], records_dir: Path
    ) -> None:
        """Keep the folder; the file is opened at the first image, by the process that decodes."""
        super().__init__(config, scenes)
        self._records_dir = records_dir
        self._file: RawIOBase | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**super().__getstate__(), "_file": None}

    def __call__(self, image: Pixels, *, has_sheet: bool) -> tuple[Pixels, bool]:
        """Return what an `Augmentation` returns."""
        done = super().__call__(image, has_sheet=has_sheet)
        if self._file is None:
            path = self._records_dir / f"{os.getpid()}{_DECODED_SUFFIX}"
            self._file = path.open("ab", buffering=0)
        self._file.write(np.float64(time.monotonic()).tobytes())
        return done


class StepLog(Progress):
    """A progress that keeps when each step ended; says nothing."""

    def __init__(self, steps_per_epoch: int) -> None:
        """Start the clock."""
        super().__init__(0, 1, steps_per_epoch, is_shown=False)
        self._log_started_s = time.monotonic()
        self._step_ends_s: list[float] = []
        self._step_images: list[int] = []

    def add(self, loss: float, *, num_images: int, learning_rate: float = 0.0) -> None:
        """Count one step."""
        super().add(loss, num_images=num_images, learning_rate=learning_rate)
        self._step_ends_s.append(time.monotonic())
        self._step_images.append(num_images)

    def save(self, records_dir: Path, rank: int) -> None:
        """Write the log, whole or not at all."""
        record = {
            "started_s": self._log_started_s,
            "step_ends_s": self._step_ends_s,
            "step_images": self._step_images,
            "wait_share": self.to_metrics()["train/data_wait_share"],
        }
        path = records_dir / f"{rank}.json"
        partial_path = path.with_suffix(".partial")
        partial_path.write_text(json.dumps(record), encoding="utf-8")
        partial_path.replace(path)


def record_training(
    stream: Stream, learner: Learner, batches: Iterable[dict[str, Tensor]], rank: int
) -> None:
    """Train as `train_jobs.learner` does on so many images of the stream, and write the log."""
    log = StepLog(learner.plan.steps_per_epoch)
    num_batches = learner.plan.steps_per_epoch * learner.plan.micro_batches_per_step
    learner.train_epoch(itertools.islice(batches, num_batches), log, epoch=0)
    log.save(stream.records_dir, rank)


def record_reading(stream: Stream, batches: Iterable[dict[str, Tensor]]) -> None:
    """Take every batch, do nothing with it, and write the log."""
    log = StepLog(steps_per_epoch=1)
    for batch in log.watch(batches):
        log.add(0.0, num_images=len(batch["class_idx_b"]))
    log.save(stream.records_dir, rank=0)


def load_trace(records_dir: Path, *, num_workers: int) -> Trace:
    """Read what the processes of a stream wrote.

    Workers take their steps together, so the first one's times stand for all.

    Raises:
        BenchError: a worker wrote nothing.
    """
    paths = [records_dir / f"{rank}.json" for rank in range(num_workers)]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        raise BenchError(f"the workers of {', '.join(missing)} ended without a record")
    records = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    decoded = [
        np.frombuffer(path.read_bytes(), np.float64)
        for path in sorted(records_dir.glob(f"*{_DECODED_SUFFIX}"))
    ]
    return Trace(
        started_s=records[0]["started_s"],
        step_ends_s=tuple(records[0]["step_ends_s"]),
        step_images=tuple(records[0]["step_images"]),
        decoded_s=tuple(np.concatenate(decoded).tolist()) if decoded else (),
        wait_share=max(record["wait_share"] for record in records),
    )
