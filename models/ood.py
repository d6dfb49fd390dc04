"""How strange a photograph is: "I do not know this leaf" by a score (higher = stranger)."""

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from models.artifact import OodMethod
from models.calibration import softmax
from models.feature_bank import FeatureBank

OOD_METHODS: tuple[OodMethod, ...] = ("max_probability", "energy", "mahalanobis", "knn")
NEEDS_BANK = frozenset({"mahalanobis", "knn"})
_NEIGHBOURS = 3
# Fewer photographs than channels leave the covariance singular; a tenth of it is made round.
_SHRINKAGE = 0.1


class OodScorer:
    """Scores photographs by one method.

    `max_probability`: 1 - the highest calibrated probability (Hendrycks and Gimpel 2017).
    `energy`: -log sum exp of the raw logits (Liu et al. 2020).
    `mahalanobis`: squared distance to the nearest class's mean, under the covariance that the
    classes share (Lee et al. 2018).
    `knn`: 1 - the cosine with the third nearest training photograph (Sun et al. 2022).
    """

    def __init__(
        self, method: OodMethod, *, temperature: float, bank: FeatureBank | None = None
    ) -> None:
        """Take the method, the temperature of the probabilities and the training features.

        Raises:
            ValueError: the method compares with training features and there are none.
        """
        if method in NEEDS_BANK and (bank is None or not len(bank.features_nf)):
            raise ValueError(f"the method {method} needs training features")
        self._method: OodMethod = method
        self._temperature = temperature
        self._bank = bank
        if method == "mahalanobis" and bank is not None:
            self._means_cf, self._precision_ff = _fit_gaussians(bank)

    def score(
        self, logits_bc: NDArray[np.floating], features_bf: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return one score a photograph, from its logits and its pooled features."""
        match self._method:
            case "max_probability":
                return np.asarray(1.0 - softmax(logits_bc, self._temperature).max(axis=1))
            case "energy":
                logits = logits_bc.astype(np.float64)
                top = logits.max(axis=1)
                return np.asarray(-(top + np.log(np.exp(logits - top[:, None]).sum(axis=1))))
            case "mahalanobis":
                return self._distances(features_bf.astype(np.float64))
            case "knn":
                assert self._bank is not None  # noqa: S101  (the constructor has checked)
                similarities_bn = self._bank.similarities(features_bf).astype(np.float64)
                rank = min(_NEIGHBOURS, similarities_bn.shape[1])
                return np.asarray(1.0 - np.partition(similarities_bn, -rank, axis=1)[:, -rank])
            case _:
                assert_never(self._method)

    def _distances(self, features_bf: NDArray[np.float64]) -> NDArray[np.float64]:
        nearest_b = np.full(len(features_bf), np.inf)
        for mean_f in self._means_cf:
            apart_bf = features_bf - mean_f
            squared_b = np.einsum("bf,fg,bg->b", apart_bf, self._precision_ff, apart_bf)
            nearest_b = np.minimum(nearest_b, squared_b)
        return nearest_b


def fit_ood_threshold(known_scores: NDArray[np.floating], kept_fraction: float) -> float:
    """Return the score that `kept_fraction` of the known photographs do not exceed."""
    return float(np.quantile(known_scores, kept_fraction, method="higher"))


def _fit_gaussians(bank: FeatureBank) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    features_nf = bank.features_nf.astype(np.float64)
    means_cf = np.stack(
        [
            features_nf[bank.class_idx_n == class_idx].mean(axis=0)
            for class_idx in np.unique(bank.class_idx_n)
        ]
    )
    of_class_n = np.searchsorted(np.unique(bank.class_idx_n), bank.class_idx_n)
    apart_nf = features_nf - means_cf[of_class_n]
    covariance_ff = apart_nf.T @ apart_nf / len(apart_nf)
    size = len(covariance_ff)
    round_ff = np.eye(size) * max(float(np.trace(covariance_ff)) / size, np.finfo(float).tiny)
    shrunk_ff = (1 - _SHRINKAGE) * covariance_ff + _SHRINKAGE * round_ff
    return means_cf, np.linalg.inv(shrunk_ff)
