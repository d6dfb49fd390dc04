"""One stream of the training benchmark in numbers: a trace of times becomes a round. Pure."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

# A surplus of decoded images flatters the rate by its share times the share of the work that
# decoding is, which is below a half: 1 % stays far within the 3 % that a verdict turns on.
_MAX_SURPLUS_SHARE = 0.01
_MIN_WINDOW_SHARE = 0.5


class Work(StrEnum):
    """What both sides do: train on the stream, or only read it."""

    TRAIN = "train"
    DECODE = "decode"


class Side(StrEnum):
    """Who does it: Ray Train and Ray Data, or torch DDP and DataLoader."""

    RAY = "ray"
    TORCH = "torch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Times of one stream, all by one clock: when each image was decoded and each step ended."""

    started_s: float
    step_ends_s: tuple[float, ...]
    step_images: tuple[int, ...]
    """Images of each step, over all workers."""
    decoded_s: tuple[float, ...]
    """In any order, over all processes."""
    wait_share: float
    """Of the time after the first step's arrival: what the worker that waited most waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One side doing one work, measured once."""

    round_idx: int
    work: Work
    side: Side
    images_per_s: float
    """In the window: after start-up, with as many images decoded as consumed."""
    window_images: int
    is_balanced: bool
    """False: there was no such window, and the whole stream with its start was taken."""
    stream_images_per_s: float
    """From the start of the stream to its last step."""
    start_s: float
    """From the start of the stream to the end of its first step."""
    wait_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRound:
    """The peaks of one training run; of processes without their shared pages."""

    round_idx: int
    num_images: int
    total_bytes: int
    """The most that all processes and the object store held at one moment."""
    driver_bytes: int
    worker_bytes: int
    """The largest training worker."""
    data_process_bytes: int
    """The largest of Ray's other processes: decoding, splitting, counting."""
    object_store_bytes: int


def to_round(trace: Trace, *, round_idx: int, work: Work, side: Side, num_warm_steps: int) -> Round:
    """Summarize one stream.

    The rate is taken over the longest window after the first steps in which as many images were
    decoded as consumed. Without that rule the one that reads further ahead wins: Ray Data had 1,900
    images decoded after four steps, and trained on them 1.7 times as fast as torch, whose loaders
    decode while it trains.
    """
    points = _to_points(trace)
    num_warm_steps = min(num_warm_steps, len(points) - 2) if len(points) > 1 else 0
    running = points[num_warm_steps:]
    first, last = running[0], running[-1]
    pairs = (
        (start, end)
        for index, start in enumerate(running)
        for end in running[index + 1 :]
        if _is_balanced(start, end)
    )
    window = max(pairs, key=lambda pair: pair[1].consumed - pair[0].consumed, default=None)
    is_balanced = window is not None and (
        window[1].consumed - window[0].consumed
        >= _MIN_WINDOW_SHARE * (last.consumed - first.consumed)
    )
    start, end = window if window is not None and is_balanced else (points[0], last)
    return Round(
        round_idx=round_idx,
        work=work,
        side=side,
        images_per_s=_rate(start, end),
        window_images=end.consumed - start.consumed,
        is_balanced=is_balanced,
        stream_images_per_s=_rate(points[0], last),
        start_s=points[1].time_s - trace.started_s if len(points) > 1 else math.nan,
        wait_share=trace.wait_share,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """Where a stream stood at one time."""

    time_s: float
    consumed: int
    decoded: int


def _to_points(trace: Trace) -> list[_Point]:
    decoded_s = sorted(trace.decoded_s)
    points = [_Point(time_s=trace.started_s, consumed=0, decoded=0)]
    for end_s, images in zip(trace.step_ends_s, trace.step_images, strict=True):
        points.append(
            _Point(
                time_s=end_s,
                consumed=points[-1].consumed + images,
                decoded=bisect_right(decoded_s, end_s),
            )
        )
    return points


def _is_balanced(start: _Point, end: _Point) -> bool:
    consumed = end.consumed - start.consumed
    return abs(end.decoded - start.decoded - consumed) <= _MAX_SURPLUS_SHARE * consumed


def _rate(start: _Point, end: _Point) -> float:
    seconds = end.time_s - start.time_s
    return (end.consumed - start.consumed) / seconds if seconds > 0 else math.nan
