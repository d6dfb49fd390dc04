"""What the gate judges by: the answers of two models to the same samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.artifact import Card
from models.calibration import softmax
from models.feature_bank import FeatureBank
from models.ood import NEEDS_BANK, OodScorer
from train_jobs.footprint import Footprint
from train_jobs.gate_values import Answers, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Samples with what a network made of them."""

    sample_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    class_idx_b: NDArray[np.int64]
    logits_bc: NDArray[np.floating]
    features_bf: NDArray[np.floating]


def to_evidence(
    card: Card,
    bank: FeatureBank,
    *,
    val: Judged,
    new: Judged,
    learned: Judged,
    field: Judged | None,
    footprint: Footprint,
) -> Evidence:
    """Return what the gate needs to know of one model."""
    return Evidence(
        model_version=card.model_version,
        class_names=card.class_names,
        val=_to_answers(card, bank, val),
        new=_to_answers(card, bank, new),
        learned=_to_answers(card, bank, learned),
        field=None if field is None else _to_answers(card, bank, field),
        is_stranger_refused_b=refuse_strangers(card, bank, val),
        latency_p95_ms=footprint.latency_p95_ms,
        memory_mb=footprint.memory_mb,
    )


def refuse_strangers(card: Card, bank: FeatureBank, judged: Judged) -> NDArray[np.bool_]:
    """Return which samples are refused once their own class is taken out of the model.

    A leaf of a class that the model has never heard of is the hardest stranger, and needs no
    photographs of strangers. Their class leaves the memory and the logits; the rest stays.
    """
    is_refused_b = np.zeros(len(judged.class_idx_b), dtype=bool)
    for class_idx in np.unique(judged.class_idx_b):
        of_class_b = judged.class_idx_b == class_idx
        others_n = bank.class_idx_n != class_idx
        scorer = OodScorer(
            card.ood.method,
            temperature=card.temperature,
            bank=FeatureBank(
                features_nf=bank.features_nf[others_n], class_idx_n=bank.class_idx_n[others_n]
            )
            if card.ood.method in NEEDS_BANK
            else None,
        )
        logits_bc = np.delete(judged.logits_bc[of_class_b], class_idx, axis=1)
        scores_b = scorer.score(logits_bc, judged.features_bf[of_class_b])
        is_refused_b[of_class_b] = scores_b > card.ood.threshold
    return is_refused_b


def cut(judged: Judged, rows: Sequence[int] | NDArray[np.bool_]) -> Judged:
    """Return some of the samples."""
    indices = np.arange(len(judged.sample_ids))[np.asarray(rows)]
    return Judged(
        sample_ids=tuple(judged.sample_ids[index] for index in indices),
        group_ids=tuple(judged.group_ids[index] for index in indices),
        class_idx_b=judged.class_idx_b[indices],
        logits_bc=judged.logits_bc[indices],
        features_bf=judged.features_bf[indices],
    )


def _to_answers(card: Card, bank: FeatureBank, judged: Judged) -> Answers:
    scorer = OodScorer(card.ood.method, temperature=card.temperature, bank=bank)
    scores_b = scorer.score(judged.logits_bc, judged.features_bf)
    return Answers(
        sample_ids=judged.sample_ids,
        group_ids=judged.group_ids,
        class_idx_b=judged.class_idx_b,
        probs_bc=softmax(judged.logits_bc, card.temperature),
        is_refused_b=np.asarray(scores_b > card.ood.threshold),
    )
