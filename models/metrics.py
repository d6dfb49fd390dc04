"""Metrics of a classifier (NumPy, pure functions).

`class_idx_b` are true classes (batch,), `probs_bc` probabilities (batch, classes).
"""

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer]
FloatArray = NDArray[np.floating]


def top_k_accuracy(probs_bc: FloatArray, class_idx_b: IntArray, k: int = 1) -> float:
    """Share of images whose true class is among the `k` most probable."""
    if len(class_idx_b) == 0:
        return float("nan")
    top = np.argsort(-probs_bc, axis=1, kind="stable")[:, :k]
    return float((top == class_idx_b[:, None]).any(axis=1).mean())


def confusion_matrix(
    predicted_b: IntArray, class_idx_b: IntArray, num_classes: int
) -> NDArray[np.int64]:
    """Count (true class, predicted class), shape (classes, classes)."""
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(matrix, (class_idx_b, predicted_b), 1)
    return matrix


def per_class_recall(matrix_cc: IntArray) -> NDArray[np.float64]:
    """Recall of each class (classes,); NaN where a class has no image."""
    totals = matrix_cc.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.diag(matrix_cc) / totals)


def macro_f1(matrix_cc: IntArray) -> float:
    """Mean F1 over the classes that have an image."""
    hits = np.diag(matrix_cc).astype(np.float64)
    totals = matrix_cc.sum(axis=1)
    f1 = 2 * hits / np.maximum(totals + matrix_cc.sum(axis=0), 1)
    return float(f1[totals > 0].mean()) if (totals > 0).any() else float("nan")


def ece(probs_bc: FloatArray, class_idx_b: IntArray, num_bins: int = 15) -> float:
    """Expected calibration error of the top class over equal-width bins (Guo et al. 2017)."""
    if len(class_idx_b) == 0:
        return float("nan")
    bins = reliability_bins(probs_bc, class_idx_b, num_bins)
    gaps = (num_images * abs(right - confidence) for confidence, right, num_images in bins)
    return float(sum(gaps) / len(class_idx_b))


def reliability_bins(
    probs_bc: FloatArray, class_idx_b: IntArray, num_bins: int = 15
) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, images) of each bin of confidence that has images."""
    confidence_b = probs_bc.max(axis=1)
    correct_b = probs_bc.argmax(axis=1) == class_idx_b
    bins_b = np.minimum((confidence_b * num_bins).astype(int), num_bins - 1)
    return [
        (float(confidence_b[inside].mean()), float(correct_b[inside].mean()), int(inside.sum()))
        for inside in (bins_b == index for index in range(num_bins))
        if inside.any()
    ]


def bootstrap_interval(
    correct_b: NDArray[np.bool_], rng: np.random.Generator, *, level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a share, from 2,000 draws (Efron 1979)."""
    if len(correct_b) == 0:
        return float("nan"), float("nan")
    draws = rng.binomial(len(correct_b), correct_b.mean(), size=2000) / len(correct_b)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def roc_points(
    known_scores: FloatArray, unknown_scores: FloatArray, num_points: int = 101
) -> list[tuple[float, float]]:
    """Return (share of known refused, share of unknown refused) along all thresholds.

    From (1, 1), where everything is refused, down to where every known one is kept.
    """
    thresholds = np.quantile(known_scores, np.linspace(0, 1, num_points))
    return [
        (1.0, 1.0),
        *(
            (float((known_scores > t).mean()), float((unknown_scores > t).mean()))
            for t in thresholds
        ),
    ]


def auroc(known_scores: FloatArray, unknown_scores: FloatArray) -> float:
    """Probability that an unknown scores higher than a known one (ties count half)."""
    if len(known_scores) == 0 or len(unknown_scores) == 0:
        return float("nan")
    ordered = np.sort(known_scores)
    below = np.searchsorted(ordered, unknown_scores, side="left")
    upto = np.searchsorted(ordered, unknown_scores, side="right")
    return float(((below + upto) / 2).mean() / len(known_scores))
