"""The unknown score: strangers score higher, by every method."""

import numpy as np
import pytest

from models.feature_bank import FeatureBank
from models.ood import OOD_METHODS, OodScorer, fit_ood_threshold


@pytest.fixture(scope="module")
def bank() -> FeatureBank:
    """Three classes of 40 photographs, each around its own corner of eight channels."""
    rng = np.random.default_rng(0)
    class_idx_n = np.repeat([0, 2, 5], 40)
    features_nf = 3 * np.eye(8)[class_idx_n] + rng.normal(0, 0.3, (120, 8))
    return FeatureBank(features_nf=features_nf.astype(np.float32), class_idx_n=class_idx_n)


@pytest.mark.parametrize("method", OOD_METHODS)
def test_a_stranger_scores_higher_than_a_known_leaf(method, bank: FeatureBank) -> None:
    known, stranger = 3 * np.eye(8)[2], 3 * np.eye(8)[7]
    scorer = OodScorer(method, temperature=1.0, bank=bank)
    logits_bc = np.array([[9.0, 0, 0], [0.1, 0, 0]])
    known_score, stranger_score = scorer.score(logits_bc, np.stack([known, stranger]))
    assert stranger_score > known_score


@pytest.mark.parametrize("method", ["mahalanobis", "knn"])
def test_a_method_on_features_says_that_it_needs_them(method) -> None:
    with pytest.raises(ValueError, match="needs training features"):
        OodScorer(method, temperature=1.0)


def test_fewer_photographs_than_neighbours_are_enough(bank: FeatureBank) -> None:
    few = FeatureBank(features_nf=bank.features_nf[:2], class_idx_n=bank.class_idx_n[:2])
    scores = OodScorer("knn", temperature=1.0, bank=few).score(np.zeros((1, 3)), np.ones((1, 8)))
    assert np.isfinite(scores).all()


def test_threshold_keeps_the_share_asked_for() -> None:
    scores = np.random.default_rng(0).normal(size=1000)
    assert (scores <= fit_ood_threshold(scores, 0.95)).mean() == pytest.approx(0.95, abs=0.002)
