"""Fit what makes a network's outputs honest: temperature, unknown threshold, plausible set."""

import numpy as np
from numpy.typing import NDArray

from models.artifact import Card, OodCard, OodMethod
from models.calibration import fit_conformal_min_probability, fit_temperature, softmax
from models.feature_bank import FeatureBank
from models.ood import OodScorer, fit_ood_threshold


def calibrate(
    card: Card,
    logits_bc: NDArray[np.floating],
    features_bf: NDArray[np.floating],
    class_idx_b: NDArray[np.int64],
    bank: FeatureBank | None,
    *,
    ood_method: OodMethod,
    known_kept_fraction: float,
    conformal_coverage: float,
) -> Card:
    """Return the card with all three fitted on validation photographs."""
    temperature = fit_temperature(logits_bc, class_idx_b)
    scorer = OodScorer(ood_method, temperature=temperature, bank=bank)
    scores_b = scorer.score(logits_bc, features_bf)
    return card.model_copy(
        update={
            "temperature": temperature,
            "ood": OodCard(
                method=ood_method,
                threshold=fit_ood_threshold(scores_b, known_kept_fraction),
                known_kept_fraction=known_kept_fraction,
            ),
            "conformal_min_probability": fit_conformal_min_probability(
                softmax(logits_bc, temperature), class_idx_b, conformal_coverage
            ),
        }
    )
