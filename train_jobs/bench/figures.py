"""What the training benchmark says: ratios between the peers, and the verdict on them.

Pure: numbers in, numbers out. The limits are the project's promises; each is judged on the median
of the rounds' own ratios, because a machine shared with others drifts between rounds.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from train_jobs.bench.rounds import MemoryRound, Round, Side, Work

MAX_BUSY_CORES = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The median over rounds, its lowest and highest round, and the limit (None: no promise)."""

    name: str
    value: float
    lowest: float
    highest: float
    limit: float | None
    is_lower_better: bool

    @property
    def is_met(self) -> bool | None:
        """Whether the promise holds (None: none was made); a figure without a number does not."""
        if self.limit is None:
            return None
        if math.isnan(self.value):
            return False
        return self.value <= self.limit if self.is_lower_better else self.value >= self.limit


def judge(rounds: Sequence[Round], memory: Sequence[MemoryRound]) -> tuple[Figure, ...]:
    """Compare Ray with its peers, round by round, and long runs with short ones."""
    few = min((item.num_images for item in memory), default=0)
    many = max((item.num_images for item in memory), default=0)
    growth = f"{many} images / {few} images"
    ray_train = [r for r in rounds if r.work is Work.TRAIN and r.side is Side.RAY]
    torch_train = [r for r in rounds if r.work is Work.TRAIN and r.side is Side.TORCH]
    return (
        _to_figure(
            "training images/s after start-up: Ray Train / torch DDP",
            _pair(rounds, Work.TRAIN, lambda item: item.images_per_s),
            limit=0.97,
        ),
        _to_figure(
            "seconds to the end of the first training step: Ray Train / torch DDP",
            _pair(rounds, Work.TRAIN, lambda item: item.start_s),
            is_lower_better=True,
        ),
        _to_figure(
            "share of the training time spent waiting for Ray Data",
            [item.wait_share for item in ray_train],
            limit=0.05,
            is_lower_better=True,
        ),
        _to_figure(
            "the same for the torch DataLoader",
            [item.wait_share for item in torch_train],
            is_lower_better=True,
        ),
        _to_figure(
            "decode and augment, images/s: Ray Data / torch DataLoader",
            _pair(rounds, Work.DECODE, lambda item: item.images_per_s),
            limit=1.0,
        ),
        _to_figure(
            "decode and augment, images/s with the stream's start: Ray Data / torch DataLoader",
            _pair(rounds, Work.DECODE, lambda item: item.stream_images_per_s),
        ),
        _to_figure(
            f"peak memory of processes and object store: {growth}",
            _grow(memory, lambda item: item.total_bytes),
            limit=1.1,
            is_lower_better=True,
        ),
        _to_figure(
            f"peak memory of the driver: {growth}",
            _grow(memory, lambda item: item.driver_bytes),
            limit=1.1,
            is_lower_better=True,
        ),
        _to_figure(
            f"peak memory of the largest data process: {growth}",
            _grow(memory, lambda item: item.data_process_bytes),
            limit=1.1,
            is_lower_better=True,
        ),
        _to_figure(
            f"peak memory of the largest training worker: {growth}",
            _grow(memory, lambda item: item.worker_bytes),
            is_lower_better=True,
        ),
        _to_figure(
            f"peak of the object store: {growth}",
            _grow(memory, lambda item: item.object_store_bytes),
            is_lower_better=True,
        ),
    )


def find_doubts(
    rounds: Iterable[Round], *, is_quick: bool, busy_cores_before: float
) -> tuple[str, ...]:
    """Tell why the figures are no claim."""
    doubts = []
    if is_quick:
        doubts.append("a quick run shows that the benchmark works; it measures nothing")
    if busy_cores_before > MAX_BUSY_CORES:
        doubts.append(
            f"{busy_cores_before:.1f} cores were busy with other things before the measurement: "
            "end them and measure again"
        )
    unbalanced = [item for item in rounds if not item.is_balanced]
    if unbalanced:
        names = sorted({f"{item.work} by {item.side}" for item in unbalanced})
        doubts.append(
            f"{len(unbalanced)} rounds ({', '.join(names)}) have no long window with as many "
            "images decoded as consumed: the stream was too short"
        )
    return tuple(doubts)


def median_rate(rounds: Iterable[Round], work: Work, side: Side) -> float:
    """Return the median images/s of one side; not a number without a round."""
    rates = [r.images_per_s for r in rounds if r.work is work and r.side is side]
    return statistics.median(rates) if rates else math.nan


def _pair(rounds: Sequence[Round], work: Work, number: Callable[[Round], float]) -> list[float]:
    """Return Ray's number over torch's, round by round."""
    by_side = {
        side: {r.round_idx: number(r) for r in rounds if r.work is work and r.side is side}
        for side in Side
    }
    return [
        value / by_side[Side.TORCH][round_idx]
        for round_idx, value in by_side[Side.RAY].items()
        if by_side[Side.TORCH].get(round_idx)
    ]


def _grow(memory: Sequence[MemoryRound], number: Callable[[MemoryRound], int]) -> list[float]:
    """Return the run with most images over the one with fewest, round by round."""
    by_round: dict[int, list[MemoryRound]] = {}
    for item in memory:
        by_round.setdefault(item.round_idx, []).append(item)
    ratios = []
    for items in by_round.values():
        few, many = (choose(items, key=lambda item: item.num_images) for choose in (min, max))
        if few is not many and number(few):
            ratios.append(number(many) / number(few))
    return ratios


def _to_figure(
    name: str, values: Sequence[float], *, limit: float | None = None, is_lower_better: bool = False
) -> Figure:
    is_known = bool(values) and not any(math.isnan(value) for value in values)
    return Figure(
        name=name,
        value=statistics.median(values) if is_known else math.nan,
        lowest=min(values) if is_known else math.nan,
        highest=max(values) if is_known else math.nan,
        limit=limit,
        is_lower_better=is_lower_better,
    )
