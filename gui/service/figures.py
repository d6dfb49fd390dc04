"""What happened between two readings, and over the last half minute; pure functions."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gui.service.reading import ANSWER, Gauges, Reading, Series, get_stage, get_status

# Ray gathers its figures every 10 s: a shorter window would jump from nothing to all.
WINDOW_S = 30.0
_MS = 1000.0

Buckets = tuple[tuple[float, float], ...]
"""Upper ends in seconds with how many values lay below, ascending, the last one infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What was counted between two readings; ``buckets`` by stage."""

    time_s: float
    duration_s: float
    num_answered: float
    num_refused: float
    num_failed: float
    buckets: Mapping[str, Buckets]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The figures at one moment; times are None where nothing was answered."""

    time_s: float
    requests_per_s: float
    failed_percent: float
    refused_percent: float
    half_ms: float | None
    most_ms: float | None
    gauges: Gauges


def measure_growth(before: Reading, after: Reading) -> Growth:
    """Return what was counted from one reading to the next.

    A count that fell began again with a new process, and one that is new began at 0.
    """
    answered = refused = failed = 0.0
    grown: defaultdict[str, defaultdict[float, float]] = defaultdict(lambda: defaultdict(float))
    for series, value in after.counts.items():
        last = before.counts.get(series, 0.0)
        growth = value - last if value >= last else value
        status, stage = get_status(series), get_stage(series)
        if status is not None:
            answered += growth
            refused += growth * status.startswith("4")
            failed += growth * status.startswith("5")
        elif stage is not None:
            grown[stage][_get_end(series)] += growth
    return Growth(
        time_s=after.time_s,
        duration_s=after.time_s - before.time_s,
        num_answered=answered,
        num_refused=refused,
        num_failed=failed,
        buckets={stage: tuple(sorted(by_end.items())) for stage, by_end in grown.items()},
    )


def keep_recent(growths: Iterable[Growth], *, now_s: float) -> tuple[Growth, ...]:
    """Return those of the window that ends now."""
    return tuple(growth for growth in growths if growth.time_s > now_s - WINDOW_S)


def to_point(recent: tuple[Growth, ...], gauges: Gauges, *, time_s: float) -> Point:
    """Return the figures of the window."""
    answered = sum(growth.num_answered for growth in recent)
    duration_s = sum(growth.duration_s for growth in recent)
    return Point(
        time_s=time_s,
        requests_per_s=answered / duration_s if duration_s > 0 else 0.0,
        failed_percent=_to_percent(sum(growth.num_failed for growth in recent), answered),
        refused_percent=_to_percent(sum(growth.num_refused for growth in recent), answered),
        half_ms=find_quantile_ms(recent, ANSWER, 0.5),
        most_ms=find_quantile_ms(recent, ANSWER, 0.95),
        gauges=gauges,
    )


def find_quantile_ms(recent: tuple[Growth, ...], stage: str, quantile: float) -> float | None:
    """Return the time within which so many of the window's values lay; None without values."""
    total: defaultdict[float, float] = defaultdict(float)
    for growth in recent:
        for end, count in growth.buckets.get(stage, ()):
            total[end] += count
    found_s = find_quantile(tuple(sorted(total.items())), quantile)
    return None if found_s is None else _MS * found_s


def find_quantile(buckets: Buckets, quantile: float) -> float | None:
    """Return a quantile as Prometheus does: evenly spread in its bucket; None without values.

    In the last bucket, which has no end, it is the highest end that there is.
    """
    if not buckets or buckets[-1][1] <= 0:
        return None
    rank = quantile * buckets[-1][1]
    start, below = 0.0, 0.0
    for end, count in buckets:
        if count >= rank:
            if math.isinf(end):
                return start
            share = (rank - below) / (count - below) if count > below else 1.0
            return start + (end - start) * share
        start, below = end, count
    return start


def _get_end(series: Series) -> float:
    return float(dict(series[1]).get("le", "inf"))


def _to_percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole > 0 else 0.0
