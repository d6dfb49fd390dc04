"""Figures from counts that grow: rates, shares, and the times within which answers came."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.service.figures import (
    WINDOW_S,
    Growth,
    find_quantile,
    find_quantile_ms,
    keep_recent,
    measure_growth,
    to_point,
)
from gui.service.reading import ANSWER, Gauges, Reading, Series
from tests.unit.gui.service.pages import count_answers, create_reading

ENDS_S = (0.01, 0.1, 1.0, math.inf)


def test_growth_is_what_was_counted_between_two_readings() -> None:
    before = create_reading(0.0, count_answers(ok=10, busy=1, broken=2))
    growth = measure_growth(before, create_reading(2.0, count_answers(ok=30, busy=2, broken=5)))
    assert (growth.num_answered, growth.num_refused, growth.num_failed) == (24, 1, 3)
    assert growth.duration_s == 2.0


def test_a_count_that_fell_or_is_new_began_at_nothing() -> None:
    before = create_reading(0.0, count_answers(ok=100))
    assert measure_growth(before, create_reading(2.0, count_answers(ok=7))).num_answered == 7
    new = measure_growth(create_reading(0.0, {}), create_reading(2.0, count_answers(ok=7)))
    assert new.num_answered == 7


def test_the_counts_of_two_processes_are_added() -> None:
    def count(worker: str, number: float) -> dict[Series, float]:
        labels = (("WorkerId", worker), ("le", "0.1"), ("route", "/v1/predictions"))
        return {("ray_leafray_request_seconds_bucket", labels): number}

    before = create_reading(0.0, count("a", 1) | count("b", 5))
    after = create_reading(2.0, count("a", 4) | count("b", 6) | count("c", 2))
    assert measure_growth(before, after).buckets[ANSWER] == ((0.1, 6.0),)


def test_old_growth_leaves_the_window() -> None:
    growths = [grow(time_s) for time_s in (0.0, 29.0, 31.0, 60.0)]
    assert [growth.time_s for growth in keep_recent(growths, now_s=60.0)] == [31.0, 60.0]


def test_a_point_tells_of_the_whole_window() -> None:
    recent = tuple(grow(time_s, answered=30, failed=3, refused=6) for time_s in (2.0, 4.0))
    point = to_point(recent, Gauges(replicas=2), time_s=4.0)
    assert point.requests_per_s == 15
    assert (point.failed_percent, point.refused_percent) == (10, 20)
    assert (point.half_ms, point.gauges.replicas) == (None, 2)


def test_without_requests_nothing_has_failed() -> None:
    point = to_point((grow(2.0),), Gauges(), time_s=2.0)
    assert (point.requests_per_s, point.failed_percent) == (0, 0)
    assert to_point((), Gauges(), time_s=2.0).requests_per_s == 0


def test_a_quantile_is_found_where_prometheus_finds_it() -> None:
    buckets = tuple(zip(ENDS_S, (10.0, 60.0, 100.0, 100.0), strict=True))
    assert find_quantile(buckets, 0.05) == pytest.approx(0.005)
    assert find_quantile(buckets, 0.5) == pytest.approx(0.01 + 0.09 * 40 / 50)
    assert find_quantile(buckets, 1.0) == pytest.approx(1.0)
    assert find_quantile((), 0.5) is None
    assert find_quantile(((1.0, 0.0), (math.inf, 0.0)), 0.5) is None


def test_beyond_the_last_end_the_last_end_is_told() -> None:
    assert find_quantile(tuple(zip(ENDS_S, (0.0, 0.0, 1.0, 9.0), strict=True)), 0.95) == 1.0


@given(
    st.lists(st.floats(0.0001, 0.999), min_size=1, max_size=50),
    st.sampled_from([0.5, 0.95]),
)
def test_a_quantile_lies_in_the_bucket_of_the_true_one(times: list[float], share: float) -> None:
    counts = [float(sum(time <= end for time in times)) for end in ENDS_S]
    found = find_quantile(tuple(zip(ENDS_S, counts, strict=True)), share)
    true = float(np.quantile(times, share, method="inverted_cdf"))
    starts = (0.0, *ENDS_S)
    bucket = next(idx for idx, end in enumerate(ENDS_S) if true <= end)
    assert found is not None
    assert starts[bucket] <= found <= ENDS_S[bucket]


def test_times_of_the_window_are_taken_together() -> None:
    recent = (
        grow(2.0, buckets={"infer": ((0.01, 1.0), (0.1, 1.0))}),
        grow(4.0, buckets={"infer": ((0.01, 0.0), (0.1, 1.0))}),
    )
    assert find_quantile_ms(recent, "infer", 0.5) == pytest.approx(10)
    assert find_quantile_ms(recent, "decode", 0.5) is None
    assert WINDOW_S > 20


def grow(
    time_s: float,
    *,
    answered: float = 0,
    refused: float = 0,
    failed: float = 0,
    buckets: dict[str, tuple[tuple[float, float], ...]] | None = None,
) -> Growth:
    return Growth(
        time_s=time_s,
        duration_s=2.0,
        num_answered=answered,
        num_refused=refused,
        num_failed=failed,
        buckets=buckets or {},
    )


def test_a_reading_can_be_made_of_nothing() -> None:
    empty = Reading(time_s=0.0, counts={}, gauges=Gauges())
    assert measure_growth(empty, empty).buckets == {}
