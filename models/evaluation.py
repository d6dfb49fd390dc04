"""Judge an artifact on labelled photographs: the figures of the card and of the report."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.calibration import softmax
from models.images import ImageError, decode_image, list_images, read_image_bytes
from models.labels import UnknownLabelError, find_label
from models.metrics import (
    auroc,
    confusion_matrix,
    ece,
    macro_f1,
    per_class_recall,
    top_k_accuracy,
)
from models.predictor import Predictor

# Below so many photographs a class's recall says little; the report keeps such classes apart.
WELL_COVERED_MIN_IMAGES = 10
_BATCH_SIZE = 16

Labelled = Sequence[tuple[Path, str]]
"""Photographs with their class names."""
Change = Callable[[NDArray[np.uint8]], NDArray[np.uint8] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """Outputs for a list of photographs, in its order, without those that were refused."""

    logits_bc: NDArray[np.float32]
    features_bf: NDArray[np.float32]
    """Pooled features of the last layer (batch, channels)."""
    fault_codes: tuple[str | None, ...]
    """Why nobody could diagnose the photograph (`models.refusal.find_fault`), or None."""
    kept: tuple[int, ...]
    refused: dict[str, str]


def infer_paths(
    predictor: Predictor, paths: Sequence[Path], change: Change | None = None
) -> Inferred:
    """Run the network over photographs, a bounded batch at a time; a bad file is only noted.

    `change` is applied to each decoded photograph; one for which it returns None is left out.
    """
    logits, features = [], []
    kept: list[int] = []
    fault_codes: list[str | None] = []
    refused: dict[str, str] = {}
    for indices, images in _read_batches(paths, refused, change):
        outputs = predictor.infer(predictor.preprocess(images))
        logits.append(outputs.logits_bc)
        features.append(outputs.features_bf)
        faults = (predictor.find_fault(image) for image in images)
        fault_codes += [fault.code if fault else None for fault in faults]
        kept += indices
    num_classes = len(predictor.card.class_names)
    return Inferred(
        logits_bc=np.concatenate(logits) if logits else np.zeros((0, num_classes), np.float32),
        features_bf=np.concatenate(features) if features else np.zeros((0, 1), np.float32),
        fault_codes=tuple(fault_codes),
        kept=tuple(kept),
        refused=refused,
    )


def join_inferred(parts: Sequence[Inferred]) -> Inferred:
    """Put the outputs for several lists of photographs in a row; `kept` counts on."""
    offsets = np.cumsum([0, *(len(part.kept) + len(part.refused) for part in parts[:-1])])
    return Inferred(
        logits_bc=np.concatenate([part.logits_bc for part in parts]),
        features_bf=np.concatenate([part.features_bf for part in parts]),
        fault_codes=tuple(code for part in parts for code in part.fault_codes),
        kept=tuple(
            int(offset) + index
            for offset, part in zip(offsets, parts, strict=True)
            for index in part.kept
        ),
        refused={path: why for part in parts for path, why in part.refused.items()},
    )


def find_known(predictor: Predictor, inferred: Inferred) -> NDArray[np.bool_]:
    """Return which photographs are diagnosed rather than refused."""
    scores_b = predictor.score(inferred.logits_bc, inferred.features_bf)
    is_usable_b = np.asarray([code is None for code in inferred.fault_codes], dtype=bool)
    return np.asarray((scores_b <= predictor.card.ood.threshold) & is_usable_b)


def to_metrics(
    predictor: Predictor, inferred: Inferred, class_idx_b: NDArray[np.integer]
) -> dict[str, float]:
    """Return the figures of one slice of known leaves."""
    card = predictor.card
    probs_bc = softmax(inferred.logits_bc, card.temperature)
    matrix = confusion_matrix(probs_bc.argmax(axis=1), class_idx_b, probs_bc.shape[1])
    counts = matrix.sum(axis=1)
    well = counts[class_idx_b] >= WELL_COVERED_MIN_IMAGES
    known = find_known(predictor, inferred)
    plausible = probs_bc >= card.conformal_min_probability
    metrics = {
        "num_images": float(len(class_idx_b)),
        "top1_accuracy": top_k_accuracy(probs_bc, class_idx_b),
        "top3_accuracy": top_k_accuracy(probs_bc, class_idx_b, k=3),
        "macro_f1": macro_f1(matrix),
        "ece": ece(probs_bc, class_idx_b),
        "known_fraction": float(known.mean()),
        "plausible_coverage": float(plausible[np.arange(len(class_idx_b)), class_idx_b].mean()),
        "plausible_mean_size": float(plausible.sum(axis=1).mean()),
    }
    if known.any():
        metrics["known_top1_accuracy"] = top_k_accuracy(probs_bc[known], class_idx_b[known])
    if well.any():
        metrics["well_covered_num_images"] = float(well.sum())
        metrics["well_covered_top1_accuracy"] = top_k_accuracy(probs_bc[well], class_idx_b[well])
    if (~well).any():
        metrics["rare_num_images"] = float((~well).sum())
        metrics["rare_top1_accuracy"] = top_k_accuracy(probs_bc[~well], class_idx_b[~well])
    return metrics


def to_recalls(
    predictor: Predictor, logits_bc: NDArray[np.floating], class_idx_b: NDArray[np.integer]
) -> dict[str, dict[str, float]]:
    """Return recall and number of photographs of every class that has any."""
    matrix = confusion_matrix(logits_bc.argmax(axis=1), class_idx_b, logits_bc.shape[1])
    recalls, counts = per_class_recall(matrix), matrix.sum(axis=1)
    return {
        name: {"recall": float(recalls[index]), "num_images": float(counts[index])}
        for index, name in enumerate(predictor.card.class_names)
        if counts[index]
    }


def to_ood_metrics(
    predictor: Predictor, known_scores: NDArray[np.floating], strangers: Inferred
) -> dict[str, float]:
    """Return how well strangers are told from known leaves, by the unknown score."""
    scores = predictor.score(strangers.logits_bc, strangers.features_bf)
    return {
        "num_images": float(len(scores)),
        "auroc": auroc(known_scores, scores),
        "unknown_refused_fraction": float((~find_known(predictor, strangers)).mean()),
    }


def list_labelled(data_dir: Path) -> list[tuple[Path, str]]:
    """List (photograph, class name) of a folder per class.

    Raises:
        UnknownLabelError: a folder is named after no class.
        FileNotFoundError: no such folder, or no class folders in it.
    """
    if not data_dir.is_dir():
        raise FileNotFoundError(f"{data_dir} is no folder; check the path")
    folders = sorted(child for child in data_dir.iterdir() if child.is_dir())
    if not folders:
        raise FileNotFoundError(
            f"{data_dir} has no folders inside; put the photographs of each class into a folder "
            "named after the class, such as Tomato___Late_blight"
        )
    labelled: list[tuple[Path, str]] = []
    for folder in folders:
        try:
            class_name = find_label(folder.name).class_name
        except UnknownLabelError as error:
            raise UnknownLabelError(f"the folder {folder}: {error}") from None
        labelled += [(path, class_name) for path in list_images([folder])]
    return labelled


def evaluate_folder(predictor: Predictor, data_dir: Path) -> dict[str, object]:
    """Judge the artifact on a folder per class.

    Returns:
        `metrics`, `recalls` by class, `refused` files with reasons.
    """
    return evaluate_labelled(predictor, list_labelled(data_dir), where=str(data_dir))


def evaluate_labelled(predictor: Predictor, labelled: Labelled, *, where: str) -> dict[str, object]:
    """Judge the artifact on labelled photographs; as `evaluate_folder`.

    Raises:
        FileNotFoundError: not one can be read; the message names `where`.
    """
    inferred = infer_paths(predictor, [path for path, _ in labelled])
    class_idx_b = to_class_idx(predictor, (labelled[index][1] for index in inferred.kept))
    if not len(class_idx_b):
        raise FileNotFoundError(f"{where} has no photograph that can be read")
    return {
        "model_version": predictor.model_version,
        "metrics": to_metrics(predictor, inferred, class_idx_b),
        "recalls": to_recalls(predictor, inferred.logits_bc, class_idx_b),
        "refused": inferred.refused,
    }


def to_class_idx(predictor: Predictor, class_names: Iterable[str]) -> NDArray[np.int64]:
    """Return the indices of class names in the order of the model's outputs."""
    index = {name: position for position, name in enumerate(predictor.card.class_names)}
    return np.asarray([index[name] for name in class_names], dtype=np.int64)


def _read_batches(
    paths: Sequence[Path], refused: dict[str, str], change: Change | None
) -> Iterator[tuple[list[int], list[NDArray[np.uint8]]]]:
    indices: list[int] = []
    images: list[NDArray[np.uint8]] = []
    for index, path in enumerate(paths):
        try:
            image = decode_image(read_image_bytes(path))
        except ImageError as error:
            refused[str(path)] = str(error)
            continue
        changed = image if change is None else change(image)
        if changed is None:
            continue
        images.append(changed)
        indices.append(index)
        if len(images) == _BATCH_SIZE:
            yield indices, images
            indices, images = [], []
    if images:
        yield indices, images
