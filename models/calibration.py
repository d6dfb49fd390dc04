"""From logits to honest probabilities: temperature and conformal threshold (NumPy)."""

import numpy as np
from numpy.typing import NDArray


def softmax(logits_bc: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return probabilities (batch, classes) of logits divided by `temperature`."""
    scaled = logits_bc.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    exponents = np.exp(scaled)
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def fit_temperature(logits_bc: NDArray[np.floating], class_idx_b: NDArray[np.integer]) -> float:
    """Find the temperature with the least negative log-likelihood (Guo et al. 2017).

    The loss is convex in 1/T, so a golden-section search over log T in [0.05, 20] suffices.
    """

    def loss(log_temperature: float) -> float:
        probs = softmax(logits_bc, float(np.exp(log_temperature)))
        true = probs[np.arange(len(class_idx_b)), class_idx_b]
        return float(-np.log(np.clip(true, 1e-12, None)).mean())

    low, high = np.log(0.05), np.log(20.0)
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def fit_conformal_min_probability(
    probs_bc: NDArray[np.floating], class_idx_b: NDArray[np.integer], coverage: float
) -> float:
    """Fit the split-conformal set {classes with probability >= value} (Sadinle et al. 2019).

    With n calibration photographs the value is the true class's probability at rank
    floor((n + 1)(1 - coverage)) from below, so that a new exchangeable photograph's class is in
    the set with probability >= `coverage`.
    """
    true_probs = np.sort(probs_bc[np.arange(len(class_idx_b)), class_idx_b])
    rank = int(np.floor((len(true_probs) + 1) * (1 - coverage)))
    return 0.0 if rank < 1 else float(true_probs[rank - 1])
