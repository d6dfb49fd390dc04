"""How far today's photographs are from those that a model was judged on (NumPy).

Shares are compared by the population stability index (Siddiqi 2006): the sum over bins of
(observed - reference) * ln(observed / reference). By its convention less than 0.1 is no change and
more than 0.25 a strong one.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.artifact import REPLAY_FILE, WEIGHTS_FILE, ArtifactError, Card, load_card
from models.calibration import softmax
from models.feature_bank import CLASS_IDX, FEATURES, SPLIT, VAL_CODE

CONFIDENCE_BOUNDARIES = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.0)
"""Upper ends of the bins in which probabilities of the most probable class are counted."""
MIN_PREDICTIONS = 200
STRONG_PSI = 0.25
_MAX_MORE_UNKNOWN = 0.15
# So much of a photograph in each bin, so that an empty bin is no infinite change.
_SMOOTHING = 0.5


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What was diagnosed."""

    by_class_c: NDArray[np.int64]
    """Photographs by their most probable class (classes,)."""
    by_confidence_k: NDArray[np.int64]
    """Photographs by the bin of its probability (len(CONFIDENCE_BOUNDARIES),)."""
    num_unknown: int
    """Photographs that were refused as strangers."""

    @property
    def total(self) -> int:
        """Photographs in all."""
        return int(self.by_class_c.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """`psi` values are None while fewer than `MIN_PREDICTIONS` were counted."""

    num_predictions: int
    class_psi: float | None
    confidence_psi: float | None
    unknown_share: float | None
    reference_unknown_share: float
    is_strong: bool
    summary: str


def load_reference(artifact_dir: Path) -> Counts | None:
    """Count what a model says of the validation photographs whose features it carries.

    Returns:
        None for an artifact without any.

    Raises:
        ArtifactError: a file cannot be read.
    """
    card = load_card(artifact_dir)
    path = artifact_dir / REPLAY_FILE
    if not path.exists():
        return None
    try:
        arrays = load_file(path)
        layer = load_file(artifact_dir / WEIGHTS_FILE)
        is_val_n = arrays[SPLIT] == VAL_CODE
        features_nf = arrays[FEATURES][is_val_n].astype(np.float32)
        logits_nc = features_nf @ layer["classifier.weight"].T + layer["classifier.bias"]
        num_photographs = len(arrays[CLASS_IDX][is_val_n])
    except (SafetensorError, KeyError, OSError, ValueError) as error:
        raise ArtifactError(
            f"the features of {artifact_dir} cannot be read ({str(error)[:120]}); restore it"
        ) from None
    if not num_photographs:
        return None
    probs_nc = softmax(logits_nc, card.temperature)
    return count(probs_nc, num_unknown=round(_unknown_share(card) * num_photographs))


def count(probs_nc: NDArray[np.floating], *, num_unknown: int) -> Counts:
    """Count probabilities (photographs, classes)."""
    confidence_n = probs_nc.max(axis=1)
    bins_n = np.searchsorted(CONFIDENCE_BOUNDARIES, confidence_n, side="left")
    num_bins = len(CONFIDENCE_BOUNDARIES)
    return Counts(
        by_class_c=np.bincount(probs_nc.argmax(axis=1), minlength=probs_nc.shape[1]),
        by_confidence_k=np.bincount(np.minimum(bins_n, num_bins - 1), minlength=num_bins),
        num_unknown=num_unknown,
    )


def measure_drift(reference: Counts, observed: Counts) -> Drift:
    """Compare what was diagnosed with the reference."""
    reference_unknown = reference.num_unknown / reference.total
    if observed.total < MIN_PREDICTIONS:
        return Drift(
            num_predictions=observed.total,
            class_psi=None,
            confidence_psi=None,
            unknown_share=None,
            reference_unknown_share=reference_unknown,
            is_strong=False,
            summary=f"{observed.total} of the {MIN_PREDICTIONS} diagnoses that a comparison needs.",
        )
    class_psi = psi(reference.by_class_c, observed.by_class_c)
    confidence_psi = psi(reference.by_confidence_k, observed.by_confidence_k)
    unknown = observed.num_unknown / observed.total
    findings = []
    if class_psi > STRONG_PSI:
        findings.append(f"other crops and diseases than in validation (PSI {class_psi:.2f})")
    if confidence_psi > STRONG_PSI:
        findings.append(f"another confidence than in validation (PSI {confidence_psi:.2f})")
    if unknown > reference_unknown + _MAX_MORE_UNKNOWN:
        findings.append(f"{unknown:.0%} refused as unknown, {reference_unknown:.0%} in validation")
    return Drift(
        num_predictions=observed.total,
        class_psi=class_psi,
        confidence_psi=confidence_psi,
        unknown_share=unknown,
        reference_unknown_share=reference_unknown,
        is_strong=bool(findings),
        summary="; ".join(findings) or "as in validation",
    )


def psi(reference_k: NDArray[np.integer], observed_k: NDArray[np.integer]) -> float:
    """Return the population stability index of two lists of counts over the same bins."""
    shares = [
        (counts + _SMOOTHING) / (counts + _SMOOTHING).sum() for counts in (reference_k, observed_k)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _unknown_share(card: Card) -> float:
    return 1.0 - card.metrics.get("val", {}).get("known_fraction", card.ood.known_kept_fraction)
