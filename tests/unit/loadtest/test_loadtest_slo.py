"""Percentiles, ratios and verdicts, on numbers alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.slo import (
    Round,
    Summary,
    Target,
    find_doubts,
    judge,
    median_summaries,
    percentile,
    summarize,
)

LATENCIES_S = st.lists(st.floats(min_value=1e-4, max_value=60.0), min_size=1, max_size=200)


def make_summary(*, rps=100.0, p50_ms=8.0, p99_ms=20.0, num_answered=100, num_failed=0):
    return Summary(
        num_answered=num_answered,
        num_failed=num_failed,
        rps=rps,
        p50_ms=p50_ms,
        p95_ms=p50_ms,
        p99_ms=p99_ms,
    )


def make_rounds(*, served, bare, limit, connections=16):
    """Return rounds of three targets from one list of summaries each."""
    targets = {Target.SERVED: served, Target.BARE: bare, Target.IN_PROCESS: limit}
    return [
        Round(round_idx=idx, target=target, connections=connections, summary=summary)
        for target, summaries in targets.items()
        for idx, summary in enumerate(summaries)
    ]


@given(values=LATENCIES_S, share=st.floats(min_value=0.01, max_value=1.0))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values, share):
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found in ordered
    needed = round(share * len(ordered), 6)
    assert sum(value <= found for value in ordered) >= needed - 1e-6
    assert sum(value < found for value in ordered) < needed


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 10), (0.95, 19), (0.99, 20), (1.0, 20), (0.01, 1)]
)
def test_percentiles_of_one_to_twenty(share, expected):
    assert percentile(range(1, 21), share) == expected


def test_nothing_answered_has_no_rate_and_no_latency():
    summary = summarize([], num_failed=7, duration_s=2.0)
    assert (summary.rps, summary.p50_ms, summary.p99_ms) == (0.0, 0.0, 0.0)
    assert summary.fail_ratio == 1.0


@given(latencies_s=LATENCIES_S, duration_s=st.floats(min_value=0.1, max_value=100.0))
def test_a_summary_is_ordered_and_counts_everything(latencies_s, duration_s):
    summary = summarize(latencies_s, num_failed=0, duration_s=duration_s)
    assert summary.p50_ms <= summary.p95_ms <= summary.p99_ms
    assert summary.rps * duration_s == pytest.approx(len(latencies_s))


def find_verdict(rounds, part):
    return next(verdict for verdict in judge(rounds) if part in verdict.name)


def test_rates_are_compared_round_by_round():
    # The machine became twice as fast in the middle: the ratio stays, the rates do not.
    rounds = make_rounds(
        served=[make_summary(rps=90), make_summary(rps=180), make_summary(rps=180)],
        bare=[make_summary(rps=100), make_summary(rps=200), make_summary(rps=100)],
        limit=[make_summary(rps=100), make_summary(rps=200), make_summary(rps=200)],
    )
    against_bare = find_verdict(rounds, "predictions/s at 16 connections: Ray Serve / bare")
    assert (against_bare.lowest, against_bare.value, against_bare.highest) == (0.9, 0.9, 1.8)
    assert not against_bare.is_met
    against_limit = find_verdict(rounds, "in-process limit")
    assert against_limit.value == pytest.approx(0.9)
    assert against_limit.is_met


@pytest.mark.parametrize(("added_ms", "is_met"), [(2.9, True), (3.0, True), (3.1, False)])
def test_added_latency_is_a_difference_at_one_connection(added_ms, is_met):
    rounds = make_rounds(
        served=[make_summary(p50_ms=8.0 + added_ms)],
        bare=[make_summary(p50_ms=9.0)],
        limit=[make_summary(p50_ms=8.0)],
        connections=1,
    )
    verdict = find_verdict(rounds, "p50 that Ray Serve adds")
    assert verdict.value == pytest.approx(added_ms)
    assert verdict.is_met is is_met


def test_a_slower_tail_is_not_met():
    rounds = make_rounds(
        served=[make_summary(p99_ms=21.0)], bare=[make_summary(p99_ms=20.0)], limit=[]
    )
    assert not find_verdict(rounds, "p99").is_met


def test_one_wrong_answer_is_reported():
    rounds = make_rounds(served=[make_summary(num_failed=1)], bare=[], limit=[])
    verdict = find_verdict(rounds, "without a right answer")
    assert verdict.value == 1
    assert not verdict.is_met


def test_a_server_that_answers_nothing_meets_no_figure():
    dead = summarize([], num_failed=40, duration_s=1.0)
    rounds = make_rounds(served=[dead], bare=[make_summary()], limit=[make_summary()])
    rounds += make_rounds(
        served=[dead], bare=[make_summary()], limit=[make_summary()], connections=1
    )
    assert not any(verdict.is_met for verdict in judge(rounds))
    assert math.isnan(find_verdict(rounds, "p99").value)


def test_no_rounds_meet_no_ratio():
    assert [verdict.is_met for verdict in judge([])] == [*[False] * 5, True]


def test_medians_are_those_of_the_rounds():
    rounds = make_rounds(
        served=[make_summary(rps=10), make_summary(rps=50), make_summary(rps=20)],
        bare=[make_summary(rps=5)],
        limit=[],
    )
    medians = median_summaries(rounds)
    assert medians[16, Target.SERVED].rps == 20
    assert medians[16, Target.SERVED].num_answered == 300
    assert medians[16, Target.BARE].rps == 5


@pytest.mark.parametrize(
    ("served", "limit", "connections", "is_doubted"),
    [
        ({"rps": 95}, {"rps": 100}, 16, False),
        ({"rps": 102}, {"rps": 100}, 16, False),
        ({"rps": 150}, {"rps": 100}, 16, True),
        ({"p50_ms": 10}, {"p50_ms": 8}, 1, False),
        ({"p50_ms": 5}, {"p50_ms": 8}, 1, True),
        # One process uses one core, a server's stages may use two.
        ({"rps": 150, "p50_ms": 9}, {"rps": 100, "p50_ms": 8}, 1, False),
        # Latencies of waiting requests say nothing about the limit, which has no queue.
        ({"rps": 95, "p50_ms": 5}, {"rps": 100, "p50_ms": 8}, 16, False),
    ],
)
def test_nobody_beats_the_model_alone(served, limit, connections, is_doubted):
    rounds = make_rounds(
        served=[make_summary(**served)],
        bare=[],
        limit=[make_summary(**limit)],
        connections=connections,
    )
    assert bool(find_doubts(rounds, busy_cores_before=0.1)) is is_doubted


def test_a_busy_machine_is_doubted():
    assert not find_doubts([], busy_cores_before=0.5)
    (doubt,) = find_doubts([], busy_cores_before=1.9)
    assert doubt.startswith("1.9 cores were busy")
