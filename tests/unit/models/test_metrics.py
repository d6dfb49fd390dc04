"""Metrics, against scikit-learn and against cases worked out by hand."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score, top_k_accuracy_score

from models.metrics import (
    auroc,
    bootstrap_interval,
    confusion_matrix,
    ece,
    macro_f1,
    per_class_recall,
    reliability_bins,
    roc_points,
    top_k_accuracy,
)

RNG = np.random.default_rng(0)
PROBS = RNG.dirichlet(np.ones(6), 300)
CLASSES = RNG.integers(0, 6, 300)


def test_agree_with_scikit_learn() -> None:
    predicted = PROBS.argmax(axis=1)
    matrix = confusion_matrix(predicted, CLASSES, 6)
    assert macro_f1(matrix) == pytest.approx(f1_score(CLASSES, predicted, average="macro"))
    assert top_k_accuracy(PROBS, CLASSES, 3) == pytest.approx(
        top_k_accuracy_score(CLASSES, PROBS, k=3, labels=range(6))
    )
    scores = np.round(RNG.normal(size=400), 1)  # with ties
    truth = np.repeat([0, 1], 200)
    assert auroc(scores[:200], scores[200:]) == pytest.approx(roc_auc_score(truth, scores))


def test_recall_of_a_class_without_images_is_nan() -> None:
    recalls = per_class_recall(confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 3))
    assert recalls[:2].tolist() == [0.5, 1.0]
    assert np.isnan(recalls[2])


def test_ece_is_the_gap_between_confidence_and_accuracy() -> None:
    probs = np.tile([0.8, 0.2], (10, 1))
    assert ece(probs, np.array([0] * 8 + [1] * 2)) == pytest.approx(0.0)
    assert ece(probs, np.array([0] * 3 + [1] * 7)) == pytest.approx(0.5)


def test_empty_input_is_nan_not_a_crash() -> None:
    nothing = np.zeros((0, 3))
    assert np.isnan(top_k_accuracy(nothing, np.zeros(0, int)))
    assert np.isnan(auroc(np.zeros(0), np.ones(3)))
    assert np.isnan(bootstrap_interval(np.zeros(0, bool), np.random.default_rng(0))).all()
    assert reliability_bins(nothing, np.zeros(0, int)) == []


def test_reliability_bins_hold_every_image_once() -> None:
    bins = reliability_bins(PROBS, CLASSES, num_bins=10)
    confidence, right, counts = (np.array(column) for column in zip(*bins, strict=True))
    assert counts.sum() == len(PROBS)
    assert (np.diff(confidence) > 0).all()
    assert (right * counts).sum() == pytest.approx(
        len(PROBS) * top_k_accuracy(PROBS, CLASSES), abs=1e-6
    )


def test_a_reliability_bin_is_mean_confidence_share_right_and_size() -> None:
    probs = np.array([[0.62, 0.38], [0.68, 0.32], [0.0, 1.0], [0.95, 0.05]])
    bins = reliability_bins(probs, np.array([0, 1, 1, 0]), num_bins=10)
    assert np.allclose(bins, [(0.65, 0.5, 2), (0.975, 1.0, 2)])


def test_an_interval_holds_the_share_and_narrows_with_more_images() -> None:
    rng = np.random.default_rng(0)
    widths = []
    for num_images in (20, 200, 2000):
        low, high = bootstrap_interval(np.arange(num_images) % 4 > 0, rng)
        assert low < 0.75 < high
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    # The normal approximation: 2 * 1.96 * sqrt(0.75 * 0.25 / 2000).
    assert widths[-1] == pytest.approx(0.038, abs=0.004)


def test_a_lower_level_gives_a_narrower_interval() -> None:
    correct = np.arange(100) % 2 == 0
    wide, narrow = (
        bootstrap_interval(correct, np.random.default_rng(0), level=level) for level in (0.95, 0.5)
    )
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_answers_that_are_all_right_leave_no_interval() -> None:
    assert bootstrap_interval(np.ones(5, bool), np.random.default_rng(0)) == (1.0, 1.0)


def test_roc_points_are_shares_above_each_threshold() -> None:
    points = roc_points(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.5, 2.5]), num_points=4)
    assert points == [(1.0, 1.0), (0.75, 1.0), (0.5, 0.5), (0.25, 0.5), (0.0, 0.0)]


def test_the_area_below_the_roc_points_is_the_auroc() -> None:
    known, unknown = RNG.normal(0, 1, 2000), RNG.normal(1.5, 1, 2000)
    known_refused, unknown_refused = np.array(sorted(roc_points(known, unknown))).T
    area = np.trapezoid(unknown_refused, known_refused)
    assert area == pytest.approx(auroc(known, unknown), abs=0.005)
