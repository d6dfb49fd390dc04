"""Drift: what is the same is none, what differs is told, and few photographs say nothing."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.artifact import load_card
from models.drift import (
    CONFIDENCE_BOUNDARIES,
    MIN_PREDICTIONS,
    Counts,
    count,
    load_reference,
    measure_drift,
    psi,
)

NUM_BINS = len(CONFIDENCE_BOUNDARIES)
HISTOGRAM = arrays(np.int64, 5, elements=st.integers(0, 10_000))


def make_counts(
    by_class: list[int], *, bin_idx: int = NUM_BINS - 1, num_unknown: int = 0
) -> Counts:
    by_confidence = np.zeros(NUM_BINS, np.int64)
    by_confidence[bin_idx] = sum(by_class)
    return Counts(
        by_class_c=np.asarray(by_class), by_confidence_k=by_confidence, num_unknown=num_unknown
    )


@given(HISTOGRAM, HISTOGRAM)
def test_the_index_is_never_negative_and_the_same_both_ways(left, right) -> None:
    assert psi(left, right) >= 0
    assert psi(left, right) == pytest.approx(psi(right, left))
    assert psi(left, left) == 0


def test_the_index_of_a_worked_example() -> None:
    # 0.5, 0.5 against 0.25, 0.75: 0.25 ln 2 + 0.25 ln 1.5; the smoothing hardly matters at 10,000.
    expected = 0.25 * np.log(2) + 0.25 * np.log(1.5)
    assert psi(np.array([5000, 5000]), np.array([2500, 7500])) == pytest.approx(expected, abs=1e-3)


def test_the_same_mixture_is_no_drift() -> None:
    reference = make_counts([600, 400], num_unknown=50)
    drift = measure_drift(reference, make_counts([300, 200], num_unknown=25))
    assert not drift.is_strong
    assert drift.summary == "as in validation"
    assert drift.unknown_share == drift.reference_unknown_share == 0.05


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        pytest.param(make_counts([20, 480]), "other crops", id="classes"),
        pytest.param(make_counts([300, 200], bin_idx=3), "another confidence", id="confidence"),
        pytest.param(make_counts([300, 200], num_unknown=150), "30% refused", id="unknown"),
    ],
)
def test_each_change_is_told(observed: Counts, words: str) -> None:
    drift = measure_drift(make_counts([600, 400]), observed)
    assert drift.is_strong
    assert words in drift.summary


def test_few_photographs_say_nothing() -> None:
    drift = measure_drift(make_counts([600, 400]), make_counts([0, MIN_PREDICTIONS - 1]))
    assert not drift.is_strong
    assert drift.class_psi is None
    assert str(MIN_PREDICTIONS - 1) in drift.summary


def test_probabilities_are_counted_at_the_upper_end_of_their_bin() -> None:
    counts = count(np.array([[0.2, 0.1], [0.05, 0.95], [1.0, 0.0]]), num_unknown=1)
    assert counts.by_class_c.tolist() == [2, 1]
    expected = [int(end in (0.2, 0.95, 1.0)) for end in CONFIDENCE_BOUNDARIES]
    assert counts.by_confidence_k.tolist() == expected


def test_the_champion_carries_its_reference(champion_dir: Path) -> None:
    card = load_card(champion_dir)
    reference = load_reference(champion_dir)
    assert reference is not None
    assert reference.total == card.metrics["val"]["num_images"]
    # It is sure of most of its validation photographs, as its card says.
    assert reference.by_confidence_k[-4:].sum() > 0.5 * reference.total
    assert measure_drift(reference, reference).class_psi == 0
