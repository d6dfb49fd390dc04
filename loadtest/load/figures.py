"""What a load test says: its seconds, its percentiles, and whether it is passed.

Pure. Times are seconds since the load began, rates are photographs a second.
"""

import itertools
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cluster import figure
from cluster.figure import Figure, at_least, at_most
from loadtest.load.request_log import Asked, Level
from loadtest.load.shapes import Shape
from loadtest.replica_watch import Look
from loadtest.slo import Summary, summarize
from loadtest.story import judge_scale_up

# Beyond that a user waits for the generator and not for the service.
MAX_GENERATOR_CORES = 0.8
# A search calls a load too much beyond that.
BREAK_P95_MS = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadStory:
    """One load test from its first question to its last.

    `replica_rps` is what one replica answered just before, over three connections. `kind` names the
    questions whose number the shape changes.
    """

    shape: Shape
    replica_rps: float
    kind: str
    levels: tuple[Level, ...]
    requests: tuple[Asked, ...]
    looks: tuple[Look, ...]
    ended_s: float
    generator_cores: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time at one level of the load, without its first seconds."""

    level: Level
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSecond:
    """One second: what was due in it, what was answered in it, and how those due in it fared."""

    at_s: int
    due_rps: float
    answered_rps: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    num_failed: int
    num_failed_attempts: int
    num_replicas: int


def list_spans(story: LoadStory) -> list[Span]:
    """Return the times that are judged."""
    ends_s = [level.at_s for level in story.levels[1:]] + [story.ended_s]
    return [
        Span(level=level, from_s=level.at_s + story.shape.settle_s, until_s=end_s)
        for level, end_s in zip(story.levels, ends_s, strict=True)
        if level.at_s + story.shape.settle_s < end_s
    ]


def summarize_span(story: LoadStory, span: Span) -> Summary:
    """Return how the shape's questions fared that were due in a span."""
    due = [
        asked
        for asked in story.requests
        if asked.kind == story.kind and span.from_s <= asked.due_s < span.until_s
    ]
    return _summarize(due, duration_s=span.until_s - span.from_s)


def count_photos_answered(story: LoadStory, span: Span) -> float:
    """Return the photographs a second that were answered rightly within a span."""
    num_photos = sum(
        asked.num_photos
        for asked in story.requests
        if not asked.fault and span.from_s <= asked.ended_s < span.until_s
    )
    return num_photos / (span.until_s - span.from_s)


def list_kinds(story: LoadStory) -> dict[str, tuple[Summary, Summary]]:
    """Return, for each kind, its response times from when a question was due, and when sent.

    The second is what a closed loop reports; how much it hides is their difference.
    """
    kinds = sorted({asked.kind for asked in story.requests})
    groups = {kind: [asked for asked in story.requests if asked.kind == kind] for kind in kinds}
    return {
        kind: (
            _summarize(group, duration_s=story.ended_s),
            _summarize(
                group, duration_s=story.ended_s, get_latency_s=lambda asked: asked.service_s
            ),
        )
        for kind, group in groups.items()
    }


def to_seconds(story: LoadStory) -> list[LoadSecond]:
    """Cut a story into seconds; latencies are those of the shape's questions."""
    due: dict[int, list[Asked]] = {}
    answered: dict[int, int] = {}
    for asked in story.requests:
        due.setdefault(int(asked.due_s), []).append(asked)
        if not asked.fault:
            at_s = int(asked.ended_s)
            answered[at_s] = answered.get(at_s, 0) + asked.num_photos
    replicas = _count_replicas(story.looks)
    seconds = []
    for at_s in range(max((*due, *answered), default=-1) + 1):
        group = due.get(at_s, [])
        shaped = _summarize([item for item in group if item.kind == story.kind], duration_s=1.0)
        seconds.append(
            LoadSecond(
                at_s=at_s,
                due_rps=sum(item.num_photos for item in group),
                answered_rps=answered.get(at_s, 0),
                p50_ms=shaped.p50_ms,
                p95_ms=shaped.p95_ms,
                p99_ms=shaped.p99_ms,
                num_failed=sum(bool(item.fault) for item in group),
                num_failed_attempts=sum(
                    len(item.failures.split(" | ")) for item in group if item.failures
                ),
                num_replicas=replicas.get(at_s, 0),
            )
        )
    return seconds


def judge_load(story: LoadStory, *, min_replicas: int, most_replicas: int) -> tuple[Figure, ...]:
    """Return the figures of a load test, with their limits."""
    if story.shape.is_search:
        return (_judge_break_point(story),)
    num_failed = sum(bool(asked.fault) for asked in story.requests)
    figures = [at_most("failed requests, after the client's own attempts", num_failed, limit=0)]
    if story.shape.max_p95_ms is not None:
        figures.append(_judge_p95(story, story.shape.max_p95_ms))
    if story.shape.must_scale and most_replicas > min_replicas:
        figures += _judge_scaling(story, min_replicas)
    return tuple(figures)


def find_doubts(story: LoadStory, *, busy_cores_before: float) -> tuple[str, ...]:
    """Tell why the figures may say more of something else than of the service."""
    doubts = figure.find_doubts(busy_cores_before=busy_cores_before)
    if story.generator_cores > MAX_GENERATOR_CORES:
        doubts.append(
            f"the generator took {story.generator_cores:.1f} cores: run it on another machine, or "
            "with --processes"
        )
    return tuple(doubts)


def _judge_p95(story: LoadStory, limit_ms: float) -> Figure:
    summaries = [summarize_span(story, span) for span in list_spans(story)]
    answered = [summary.p95_ms for summary in summaries if summary.num_answered]
    worst = max(answered, default=float("nan"))
    return at_most(
        "p95 of predictions, at the worst level of the load", worst, limit=limit_ms, unit="ms"
    )


def _judge_scaling(story: LoadStory, min_replicas: int) -> list[Figure]:
    pairs = itertools.pairwise(story.levels)
    step = max(pairs, key=lambda pair: pair[1].num_users - pair[0].num_users)[1]
    most = max((_count_running(look) for look in story.looks), default=0)
    left_over = len(story.looks[-1].replicas) - min_replicas if story.looks else float("nan")
    return [
        *judge_scale_up(story.looks, step_at_s=step.at_s),
        at_least("replicas at the most", most, limit=min_replicas + 1),
        at_most("replicas left over after the load", left_over, limit=0),
    ]


def _judge_break_point(story: LoadStory) -> Figure:
    """Return the most that was answered, before the first level at which too much was asked."""
    best_rps = 0.0
    for span in list_spans(story):
        summary = summarize_span(story, span)
        if summary.num_failed or not summary.num_answered or summary.p95_ms > BREAK_P95_MS:
            break
        best_rps = max(best_rps, count_photos_answered(story, span))
    share = best_rps / story.replica_rps
    name = f"photographs/s answered with a p95 of {BREAK_P95_MS:.0f} ms, in replicas' worth"
    return at_least(name, share, limit=1.0)


def _summarize(
    group: Sequence[Asked],
    *,
    duration_s: float,
    get_latency_s: Callable[[Asked], float] = lambda asked: asked.response_s,
) -> Summary:
    answered = [get_latency_s(asked) for asked in group if not asked.fault]
    return summarize(answered, num_failed=len(group) - len(answered), duration_s=duration_s)


def _count_replicas(looks: Iterable[Look]) -> dict[int, int]:
    groups: dict[int, list[int]] = {}
    for look in looks:
        groups.setdefault(int(look.at_s), []).append(_count_running(look))
    return {at_s: round(statistics.median(counts)) for at_s, counts in groups.items()}


def _count_running(look: Look) -> int:
    return sum(replica.state == "RUNNING" for replica in look.replicas)
