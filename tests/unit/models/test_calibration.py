"""Calibration: temperature and conformal set, against what they promise."""

import numpy as np
import pytest

from models.calibration import (
    fit_conformal_min_probability,
    fit_temperature,
    softmax,
)


def draw_logits(temperature: float, *, seed: int, num_images: int = 4000) -> tuple:
    """Draw logits whose softmax at `temperature` is the true distribution of the class."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (num_images, 5))
    probs = softmax(logits, 1.0)
    classes = np.array([rng.choice(5, p=row) for row in probs])
    return logits * temperature, classes


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_finds_the_temperature_that_made_the_data(temperature: float) -> None:
    logits, classes = draw_logits(temperature, seed=1)
    assert fit_temperature(logits, classes) == pytest.approx(temperature, rel=0.1)


def test_softmax_sums_to_one_and_survives_large_logits() -> None:
    probs = softmax(np.array([[1e4, 0.0, -1e4]]))
    assert probs.sum() == pytest.approx(1)
    assert np.isfinite(probs).all()


def test_conformal_set_covers_new_data_as_promised() -> None:
    logits, classes = draw_logits(1.0, seed=2)
    minimum = fit_conformal_min_probability(softmax(logits), classes, coverage=0.95)
    new_logits, new_classes = draw_logits(1.0, seed=3)
    covered = softmax(new_logits)[np.arange(len(new_classes)), new_classes] >= minimum
    assert covered.mean() == pytest.approx(0.95, abs=0.015)
    assert fit_conformal_min_probability(softmax(logits[:5]), classes[:5], coverage=0.95) == 0.0
