"""What the training benchmark says: ratios between the peers, and the verdict on them.

Pure: numbers in, numbers out. The limits are the project's promises; each is judged on the median
of the rounds' own ratios, because a machine shared with others drifts between rounds.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

from cluster import figure
from cluster.figure import Figure, to_figure
from train_jobs.bench.rounds import MemoryRound, Round, Side, Work


def judge(rounds: Sequence[Round], memory: Sequence[MemoryRound]) -> tuple[Figure, ...]:
    """Compare Ray with its peers, round by round, and long runs with short ones."""
    few = min((item.num_images for item in memory), default=0)
    many = max((item.num_images for item in memory), default=0)
    growth = f"{many} images / {few} images"
    ray_train = [r for r in rounds if r.work is Work.TRAIN and r.side is Side.RAY]
    torch_train = [r for r in rounds if r.work is Work.TRAIN and r.side is Side.TORCH]
    return (
        to_figure(
            "training images/s after start-up: Ray Train / torch DDP",
            _pair(rounds, Work.TRAIN, lambda item: item.images_per_s),
            limit=0.97,
        ),
        to_figure(
            "seconds to the end of the first training step: Ray Train / torch DDP",
            _pair(rounds, Work.TRAIN, lambda item: item.start_s),
            is_lower_better=True,
        ),
        to_figure(
            "share of the training time spent waiting for Ray Data",
            [item.wait_share for item in ray_train],
            limit=0.05,
            is_lower_better=True,
        ),
        to_figure(
            "the same for the torch DataLoader",
            [item.wait_share for item in torch_train],
            is_lower_better=True,
        ),
        to_figure(
            "decode and augment, images/s: Ray Data / torch DataLoader",
            _pair(rounds, Work.DECODE, lambda item: item.images_per_s),
            limit=1.0,
        ),
        to_figure(
            "decode and augment, images/s with the stream's start: Ray Data / torch DataLoader",
            _pair(rounds, Work.DECODE, lambda item: item.stream_images_per_s),
        ),
        to_figure(
            f"peak memory of processes and object store: {growth}",
            _grow(memory, lambda item: item.total_bytes),
            limit=1.1,
            is_lower_better=True,
        ),
        to_figure(
            f"peak memory of the driver: {growth}",
            _grow(memory, lambda item: item.driver_bytes),
            limit=1.1,
            is_lower_better=True,
        ),
        to_figure(
            f"peak memory of the largest data process: {growth}",
            _grow(memory, lambda item: item.data_process_bytes),
            limit=1.1,
            is_lower_better=True,
        ),
        to_figure(
            f"peak memory of the largest training worker: {growth}",
            _grow(memory, lambda item: item.worker_bytes),
            is_lower_better=True,
        ),
        to_figure(
            f"peak of the object store: {growth}",
            _grow(memory, lambda item: item.object_store_bytes),
            is_lower_better=True,
        ),
    )


def find_doubts(
    rounds: Iterable[Round], *, is_quick: bool, busy_cores_before: float
) -> tuple[str, ...]:
    """Tell why the figures are no claim."""
    doubts = figure.find_doubts(busy_cores_before=busy_cores_before, is_quick=is_quick)
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
