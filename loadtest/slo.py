"""What a measurement says: percentiles, ratios between the peers, and the verdict on them.

Pure: numbers in, numbers out. The limits are the project's promises (design figures); each is
judged on the median over rounds, so that one disturbed round decides nothing.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cluster import figure
from cluster.figure import Figure, to_figure

BUSY_CONNECTIONS = 16
# Beyond the noise of rounds on a quiet machine.
_MAX_ABOVE_LIMIT = 1.03


class Target(StrEnum):
    """Who answers: nobody but the model, bare FastAPI, LitServe with two workers, or Ray Serve."""

    IN_PROCESS = "in_process"
    BARE = "bare_fastapi"
    LIT = "litserve"
    SERVED = "ray_serve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One measured window. Latencies are those of the answered requests; 0 where there is none."""

    num_answered: int
    num_failed: int
    rps: float
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def fail_ratio(self) -> float:
        """Share of the requests that got no right answer."""
        return self.num_failed / max(self.num_answered + self.num_failed, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One target at one number of connections, measured once."""

    round_idx: int
    target: Target
    connections: int
    summary: Summary


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile: the smallest value that `share` of them do not exceed."""
    if not sorted_values:
        return 0.0
    # Rounded first: 0.95 * 20 is 19.000000000000004 in floating point, and must stay the 19th.
    rank = math.ceil(round(share * len(sorted_values), 9))
    return sorted_values[min(max(rank, 1), len(sorted_values)) - 1]


def summarize(latencies_s: Iterable[float], *, num_failed: int, duration_s: float) -> Summary:
    """Summarize one window of `duration_s` seconds."""
    ordered_s = sorted(latencies_s)
    return Summary(
        num_answered=len(ordered_s),
        num_failed=num_failed,
        rps=len(ordered_s) / duration_s,
        p50_ms=percentile(ordered_s, 0.50) * 1000,
        p95_ms=percentile(ordered_s, 0.95) * 1000,
        p99_ms=percentile(ordered_s, 0.99) * 1000,
    )


def judge(rounds: Sequence[Round]) -> tuple[Figure, ...]:
    """Compare Ray Serve with its peers, round by round, since the machine drifts between rounds."""
    served, bare, lit, limit = Target.SERVED, Target.BARE, Target.LIT, Target.IN_PROCESS
    num_failed = sum(item.summary.num_failed for item in rounds)
    return (
        to_figure(
            f"predictions/s at {BUSY_CONNECTIONS} connections: Ray Serve / bare FastAPI",
            _pair(rounds, BUSY_CONNECTIONS, served, bare, lambda a, b: _ratio(a.rps, b.rps)),
            limit=1.0,
        ),
        to_figure(
            f"predictions/s at {BUSY_CONNECTIONS} connections: Ray Serve / LitServe",
            _pair(rounds, BUSY_CONNECTIONS, served, lit, lambda a, b: _ratio(a.rps, b.rps)),
            limit=1.0,
        ),
        to_figure(
            f"predictions/s at {BUSY_CONNECTIONS} connections: Ray Serve / in-process limit",
            _pair(rounds, BUSY_CONNECTIONS, served, limit, lambda a, b: _ratio(a.rps, b.rps)),
            limit=0.85,
        ),
        to_figure(
            f"p99 at {BUSY_CONNECTIONS} connections: Ray Serve / bare FastAPI",
            _pair(rounds, BUSY_CONNECTIONS, served, bare, lambda a, b: _ratio(a.p99_ms, b.p99_ms)),
            limit=1.0,
            is_lower_better=True,
        ),
        to_figure(
            "p50 that Ray Serve adds to one in-process prediction",
            _pair(rounds, 1, served, limit, lambda a, b: a.p50_ms - b.p50_ms),
            limit=3.0,
            is_lower_better=True,
            unit="ms",
        ),
        to_figure(
            "requests without a right answer", [float(num_failed)], limit=0.0, is_lower_better=True
        ),
    )


def find_doubts(rounds: Sequence[Round], *, busy_cores_before: float) -> tuple[str, ...]:
    """Tell why the figures are no claim: nothing that they say holds while one of these is there.

    A server runs the model and more, so it cannot beat the model alone; where it seems to, the
    system gave the two different shares of the cores.
    """
    doubts = figure.find_doubts(busy_cores_before=busy_cores_before)
    medians = median_summaries(rounds)
    for (connections, target), summary in sorted(medians.items()):
        limit = medians.get((connections, Target.IN_PROCESS))
        # One process alone leaves cores idle that a server uses, so rates compare when all work.
        if target is Target.IN_PROCESS or limit is None or not summary.num_answered:
            continue
        is_faster = connections == 1 and summary.p50_ms * _MAX_ABOVE_LIMIT < limit.p50_ms
        has_more = connections > 1 and summary.rps > limit.rps * _MAX_ABOVE_LIMIT
        if is_faster or has_more:
            doubts.append(
                f"{target} beats the model alone at {connections} connections, which cannot be: "
                "they did not get the same cores"
            )
    return tuple(doubts)


def median_summaries(rounds: Sequence[Round]) -> dict[tuple[int, Target], Summary]:
    """Return, for each number of connections and target, the medians over rounds."""
    groups: dict[tuple[int, Target], list[Summary]] = {}
    for item in rounds:
        groups.setdefault((item.connections, item.target), []).append(item.summary)
    return {
        key: Summary(
            num_answered=sum(summary.num_answered for summary in group),
            num_failed=sum(summary.num_failed for summary in group),
            rps=statistics.median(summary.rps for summary in group),
            p50_ms=statistics.median(summary.p50_ms for summary in group),
            p95_ms=statistics.median(summary.p95_ms for summary in group),
            p99_ms=statistics.median(summary.p99_ms for summary in group),
        )
        for key, group in groups.items()
    }


def _pair(
    rounds: Sequence[Round],
    connections: int,
    target: Target,
    peer: Target,
    compare: Callable[[Summary, Summary], float],
) -> list[float]:
    peers = {
        item.round_idx: item.summary
        for item in rounds
        if item.target is peer and item.connections == connections
    }
    # A window without an answer has no latency and no rate to compare: its pair has no number.
    return [
        compare(item.summary, peers[item.round_idx])
        if item.summary.num_answered and peers[item.round_idx].num_answered
        else math.nan
        for item in rounds
        if item.target is target and item.connections == connections and item.round_idx in peers
    ]


def _ratio(value: float, peer_value: float) -> float:
    return value / peer_value if peer_value > 0 else math.nan
