"""Counts images, losses and waiting of one epoch, and says now and then how far it is."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

STEPS_KEY = "steps"
_SAY_EVERY_S = 20.0
_MAX_STEP_RECORDS = 50
_ItemT = TypeVar("_ItemT")


class Progress:
    """One epoch of one worker; the first worker prints."""

    def __init__(
        self,
        epoch: int,
        epochs: int,
        steps_per_epoch: int,
        *,
        is_shown: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock; `epoch` counts from 0."""
        self._epoch, self._epochs = epoch, epochs
        self._steps_per_epoch = steps_per_epoch
        self._steps_per_record = max(1, -(-steps_per_epoch // _MAX_STEP_RECORDS))
        self._records: list[dict[str, float]] = []
        self._is_shown = is_shown
        self._clock = clock
        self._started_s = self._said_s = clock()
        self._first_step_s: float | None = None
        self._waited_s = 0.0
        self._num_steps = self._num_images = 0
        self._loss_sum = 0.0

    def watch(self, steps: Iterable[_ItemT]) -> Iterator[_ItemT]:
        """Pass the steps on, and count how long each was waited for (but for the first)."""
        source = iter(steps)
        while True:
            asked_s = self._clock()
            try:
                step = next(source)
            except StopIteration:
                return
            now_s = self._clock()
            if self._first_step_s is None:
                self._first_step_s = now_s
            else:
                self._waited_s += now_s - asked_s
            yield step

    def add(self, loss: float, *, num_images: int, learning_rate: float = 0.0) -> None:
        """Count one step; `learning_rate` is for the records alone."""
        self._num_steps += 1
        self._num_images += num_images
        self._loss_sum += loss
        now_s = self._clock()
        if self._num_steps % self._steps_per_record == 0:
            self._records.append(
                {
                    "step": float(self._steps_per_epoch * self._epoch + self._num_steps),
                    "step/loss": loss,
                    "step/learning_rate": learning_rate,
                    "step/images_per_s": self._num_images / max(now_s - self._started_s, 1e-9),
                }
            )
        if self._is_shown and now_s - self._said_s >= _SAY_EVERY_S:
            self._said_s = now_s
            self._say(now_s - self._started_s)

    def to_metrics(self) -> dict[str, float]:
        """Return the epoch's figures; `data_wait_share` leaves the stream's start-up out."""
        now_s = self._clock()
        elapsed_s = now_s - self._started_s
        running_s = now_s - (self._first_step_s or self._started_s)
        return {
            "train/loss": self._loss_sum / max(1, self._num_steps),
            "train/images_per_s": self._num_images / max(elapsed_s, 1e-9),
            "train/running_images_per_s": self._num_images / max(running_s, 1e-9),
            "train/data_wait_share": self._waited_s / max(running_s, 1e-9),
            "train/num_steps": float(self._num_steps),
            "train/epoch_s": elapsed_s,
        }

    def to_step_records(self) -> list[dict[str, float]]:
        """Return the figures of at most 50 steps; `step` counts from the start of the run."""
        return list(self._records)

    def _say(self, elapsed_s: float) -> None:
        all_steps = self._steps_per_epoch * self._epochs
        done_steps = self._steps_per_epoch * self._epoch + self._num_steps
        left_s = (all_steps - done_steps) * elapsed_s / self._num_steps
        print(  # noqa: T201  (a worker's standard output is the log of the job)
            f"epoch {self._epoch + 1}/{self._epochs}  "
            f"step {self._num_steps}/{self._steps_per_epoch}  "
            f"loss {self._loss_sum / self._num_steps:.3f}  "
            f"{self._num_images / elapsed_s:.1f} images/s  {left_s / 60:.1f} min left",
            flush=True,
        )
