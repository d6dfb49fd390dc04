"""Metrics, against scikit-learn and against cases worked out by hand."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score, top_k_accuracy_score

from models.metrics import (
    auroc,
    confusion_matrix,
    ece,
    macro_f1,
    per_class_recall,
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
