"""Stage 5: judge an artifact: how often it is right, where it fails, what it does not know."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from models.calibration import softmax
from models.evaluation import (
    Inferred,
    Labelled,
    find_known,
    infer_paths,
    join_inferred,
    to_class_idx,
    to_metrics,
    to_ood_metrics,
)
from models.images import decode_image, read_image_bytes
from models.labels import get_label
from models.metrics import (
    auroc,
    bootstrap_interval,
    confusion_matrix,
    reliability_bins,
    roc_points,
    top_k_accuracy,
)
from models.ood import NEEDS_BANK, OOD_METHODS, OodScorer
from models.predictor import Predictor
from train_jobs.robustness import UNUSABLE, Change, create_changes, keep_background_only
from train_jobs.slices import Slices

_SEED = 0
_LATENCY_RUNS = 50


class ClassReport(BaseModel):
    """One class of one slice."""

    model_config = ConfigDict(frozen=True)

    num_images: int
    recall: float
    recall_low: float
    recall_high: float
    """95 % bootstrap interval."""


class Evaluation(BaseModel):
    """The report; `metrics` goes into the card."""

    model_config = ConfigDict(frozen=True)

    model_version: str
    metrics: dict[str, dict[str, float]]
    """Slice, then figure."""
    classes: dict[str, dict[str, ClassReport]]
    """Slice, then class name."""
    class_names: tuple[str, ...]
    confusion: list[list[int]]
    """True class, then predicted class, on the slice `val`."""
    reliability: list[tuple[float, float, int]]
    """(mean confidence, share right, images) of each bin, on the slice `val`."""
    ood_roc: list[tuple[float, float]]
    """(share of known refused, share of unknown refused)."""
    num_left_out: int
    """Photographs left out because they, or their leaf, were trained on."""


def evaluate(predictor: Predictor, slices: Slices) -> Evaluation:
    """Judge an artifact on all slices.

    Beside each slice of `slices.known`: every crop of `val`, the unknown kinds one by one and all
    together, `val` under each change of `train_jobs.robustness`, and without its leaves.

    Raises:
        FileNotFoundError: a slice has no photograph that can be read.
    """
    metrics: dict[str, dict[str, float]] = {}
    classes: dict[str, dict[str, ClassReport]] = {}
    inferred_by_slice: dict[str, Inferred] = {}
    val_idx_b = np.zeros(0, np.int64)
    for name, labelled in slices.known.items():
        inferred, class_idx_b = _infer(predictor, labelled)
        metrics[name] = to_metrics(predictor, inferred, class_idx_b)
        classes[name] = to_class_reports(
            predictor.card.class_names, inferred.logits_bc, class_idx_b
        )
        inferred_by_slice[name] = inferred
        if name == "val":
            val_idx_b = class_idx_b
    if not len(val_idx_b):
        raise FileNotFoundError("there is no validation photograph to judge by")
    val = inferred_by_slice["val"]
    metrics |= _judge_crops(predictor, val.logits_bc, val_idx_b)
    roc = _judge_strangers(predictor, val, slices, metrics)
    metrics |= _judge_changes(predictor, slices)
    metrics["photo_quality"] = _judge_quality(predictor, slices, inferred_by_slice)
    metrics["latency"] = measure_latency(predictor, slices.known["val"][0][0])
    probs_bc = softmax(val.logits_bc, predictor.card.temperature)
    matrix = confusion_matrix(probs_bc.argmax(axis=1), val_idx_b, probs_bc.shape[1])
    return Evaluation(
        model_version=predictor.model_version,
        metrics=metrics,
        classes=classes,
        class_names=predictor.card.class_names,
        confusion=matrix.tolist(),
        reliability=reliability_bins(probs_bc, val_idx_b),
        ood_roc=roc,
        num_left_out=slices.num_left_out,
    )


def measure_latency(predictor: Predictor, path: Path) -> dict[str, float]:
    """Time one photograph at a time, decoding apart from inference, in milliseconds."""
    image_bytes = read_image_bytes(path)
    decode_ms, infer_ms = [], []
    for _ in range(_LATENCY_RUNS):
        started = time.perf_counter()
        batch = predictor.preprocess([decode_image(image_bytes)])
        decoded = time.perf_counter()
        predictor.infer(batch)
        decode_ms.append(1000 * (decoded - started))
        infer_ms.append(1000 * (time.perf_counter() - decoded))
    return {
        "decode_p50_ms": float(np.median(decode_ms)),
        "infer_p50_ms": float(np.median(infer_ms)),
        "infer_p95_ms": float(np.quantile(infer_ms, 0.95)),
    }


def _infer(
    predictor: Predictor, labelled: Labelled, change: Change | None = None
) -> tuple[Inferred, NDArray[np.int64]]:
    inferred = infer_paths(predictor, [path for path, _ in labelled], change)
    names = (labelled[index][1] for index in inferred.kept)
    return inferred, to_class_idx(predictor, names)


def to_class_reports(
    class_names: Sequence[str], logits_bc: NDArray[np.floating], class_idx_b: NDArray[np.int64]
) -> dict[str, ClassReport]:
    """Return the recall of every class that has photographs."""
    rng = np.random.default_rng(_SEED)
    correct_b = logits_bc.argmax(axis=1) == class_idx_b
    reports: dict[str, ClassReport] = {}
    for index, name in enumerate(class_names):
        correct = correct_b[class_idx_b == index]
        if len(correct):
            low, high = bootstrap_interval(correct, rng)
            reports[name] = ClassReport(
                num_images=len(correct),
                recall=float(correct.mean()),
                recall_low=low,
                recall_high=high,
            )
    return reports


def _judge_crops(
    predictor: Predictor, logits_bc: NDArray[np.floating], class_idx_b: NDArray[np.int64]
) -> dict[str, dict[str, float]]:
    crops = np.asarray([get_label(name).crop for name in predictor.card.class_names])
    crop_b = crops[class_idx_b]
    return {
        f"crop_{crop.lower().replace(' ', '_')}": {
            "num_images": float((crop_b == crop).sum()),
            "top1_accuracy": top_k_accuracy(logits_bc[crop_b == crop], class_idx_b[crop_b == crop]),
        }
        for crop in sorted(set(crop_b))
    }


def _judge_strangers(
    predictor: Predictor, val: Inferred, slices: Slices, metrics: dict[str, dict[str, float]]
) -> list[tuple[float, float]]:
    """Judge the unknown score by kind, and beside it what the other methods would have reached."""
    by_kind = {kind: infer_paths(predictor, paths) for kind, paths in slices.unknown.items()}
    by_kind = {kind: strangers for kind, strangers in by_kind.items() if strangers.kept}
    if not by_kind:
        return []
    every = join_inferred(list(by_kind.values()))
    known = predictor.score(val.logits_bc, val.features_bf)
    for name, strangers in {"ood": every, **{f"ood_{k}": s for k, s in by_kind.items()}}.items():
        metrics[name] = to_ood_metrics(predictor, known, strangers)
    metrics["unknown_scores"] = {
        f"{method}_auroc": auroc(
            scorer.score(val.logits_bc, val.features_bf),
            scorer.score(every.logits_bc, every.features_bf),
        )
        for method, scorer in _create_scorers(predictor).items()
    }
    return roc_points(known, predictor.score(every.logits_bc, every.features_bf))


def _create_scorers(predictor: Predictor) -> dict[str, OodScorer]:
    return {
        method: OodScorer(method, temperature=predictor.card.temperature, bank=predictor.bank)
        for method in OOD_METHODS
        if predictor.bank is not None or method not in NEEDS_BANK
    }


def _judge_changes(predictor: Predictor, slices: Slices) -> dict[str, dict[str, float]]:
    """Compare each changed photograph with itself unchanged."""
    labelled = slices.known["val"]
    plain, _ = _infer(predictor, labelled)
    plain_by_row = dict(zip(plain.kept, plain.logits_bc, strict=True))
    judged: dict[str, dict[str, float]] = {}
    changes: dict[str, Change] = create_changes(slices.scenes, seed=_SEED)
    for name, change in {**changes, "background_only": keep_background_only}.items():
        inferred, class_idx_b = _infer(predictor, labelled, change)
        if not len(class_idx_b):
            continue
        before_bc = np.stack([plain_by_row[row] for row in inferred.kept])
        after = top_k_accuracy(inferred.logits_bc, class_idx_b)
        figures: dict[str, Any] = {
            "num_images": float(len(class_idx_b)),
            "top1_accuracy": after,
            "lost": top_k_accuracy(before_bc, class_idx_b) - after,
        }
        figures["known_fraction"] = float(find_known(predictor, inferred).mean())
        judged[f"val_{name}"] = figures
    return judged


def _judge_quality(
    predictor: Predictor, slices: Slices, inferred_by_slice: dict[str, Inferred]
) -> dict[str, float]:
    """How often a known leaf is refused as too poor, and how often a spoilt copy of it is."""
    codes = [code for inferred in inferred_by_slice.values() for code in inferred.fault_codes]
    judged: dict[str, float] = {"num_images": float(len(codes))}
    for code, change in UNUSABLE.items():
        spoilt, _ = _infer(predictor, slices.known["val"], change)
        judged[f"{code}_false_refusal_fraction"] = codes.count(code) / len(codes)
        judged[f"{code}_caught_fraction"] = spoilt.fault_codes.count(code) / len(spoilt.kept)
    return judged
