"""Figures and their promises: met, missed, without a number, without a promise."""

import math

import pytest

from cluster.figure import (
    MAX_BUSY_CORES,
    at_least,
    at_most,
    find_doubts,
    to_cells,
    to_document,
    to_figure,
    to_line,
)


def test_the_median_decides_and_the_extremes_stand_beside_it():
    figure = to_figure("ratio", [1.2, 0.5, 1.1], limit=1.0)
    assert (figure.value, figure.lowest, figure.highest) == (1.1, 0.5, 1.2)
    assert figure.is_met
    assert to_cells(figure, is_claim=True) == ["ratio", "1.1 (0.5 to 1.2)", "at least 1", "met"]


@pytest.mark.parametrize("values", [[], [1.0, math.nan]])
def test_a_round_without_a_number_leaves_none_and_meets_nothing(values):
    figure = to_figure("ratio", values, limit=1.0)
    assert math.isnan(figure.value)
    assert figure.is_met is False
    assert to_document(figure)["value"] is None


def test_limits_hold_in_both_directions():
    assert at_most("wait", 3.0, limit=3, unit="s").is_met
    assert not at_most("wait", 3.1, limit=3, unit="s").is_met
    assert at_least("rate", 3.0, limit=3).is_met
    assert not at_least("rate", 2.9, limit=3).is_met


def test_a_figure_without_a_promise_is_neither_met_nor_missed():
    figure = to_figure("memory", [2.0], unit="GiB")
    assert figure.is_met is None
    assert to_cells(figure, is_claim=True) == ["memory", "2 GiB (2 to 2)", "", ""]
    assert to_line(figure) == "measured memory: 2 GiB"


def test_doubts_take_the_claim_and_not_the_number():
    figure = at_most("wait", 4.0, limit=3, unit="s")
    assert to_cells(figure, is_claim=True)[1:] == ["4 s (4 to 4)", "at most 3 s", "NOT met"]
    assert to_cells(figure, is_claim=False)[1:] == ["4 s (4 to 4)", "at most 3 s", "no claim"]
    assert to_line(figure) == "NOT met  wait: 4 s (at most 3 s)"


def test_a_busy_machine_and_a_quick_run_are_doubtful():
    assert find_doubts(busy_cores_before=MAX_BUSY_CORES) == []
    assert len(find_doubts(busy_cores_before=MAX_BUSY_CORES + 0.1, is_quick=True)) == 2
