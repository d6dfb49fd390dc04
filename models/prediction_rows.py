"""One diagnosis as a row: the JSON lines and the printed lines of every command line."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Protocol

from models.labels import get_label

Row = dict[str, Any]

_REFUSALS = {
    "unknown_leaf": "unknown leaf",
    "blurred": "too blurred",
    "too_dark": "too dark",
    "too_small": "too small",
}


class RankedClass(Protocol):
    """What a row needs of a class: the predictor's and the HTTP client's types both have it."""

    @property
    def class_name(self) -> str:
        """The slug."""
        ...

    @property
    def dataset_label(self) -> str:
        """The data set's own name."""
        ...

    @property
    def probability(self) -> float:
        """Between 0 and 1."""
        ...


def to_row(
    path: str,
    *,
    predictions: Sequence[RankedClass],
    refusal_code: str | None,
    ood_score: float,
    model_version: str,
) -> Row:
    """Return the row of one diagnosed photograph (`predictions` from most to least probable)."""
    best = predictions[0]
    return {
        "path": path,
        "class_name": best.class_name,
        "dataset_label": best.dataset_label,
        "probability": best.probability,
        "top": [
            {
                "class_name": ranked.class_name,
                "dataset_label": ranked.dataset_label,
                "probability": ranked.probability,
            }
            for ranked in predictions
        ],
        "is_known": refusal_code is None,
        "refusal_code": refusal_code,
        "ood_score": ood_score,
        "model_version": model_version,
        "error": None,
    }


def error_row(path: str, message: str) -> Row:
    """Return the row of a photograph that was refused."""
    return {
        "path": path,
        "class_name": None,
        "dataset_label": None,
        "probability": None,
        "top": [],
        "is_known": None,
        "refusal_code": None,
        "ood_score": None,
        "model_version": None,
        "error": message,
    }


def format_row(row: Row) -> str:
    """Return the line for people: file name, crop, condition, probability."""
    name = PurePath(row["path"]).name
    if row["error"] is not None:
        return f"{name:<28} error: {row['error']}"
    label = get_label(row["class_name"])
    share = f"{row['probability']:.1%}"
    if not row["is_known"]:
        words = _REFUSALS.get(row["refusal_code"], "not diagnosed")
        return f"{name:<28} {words} (closest: {label.display_name}, {share})"
    return f"{name:<28} {label.crop:<12} {label.condition:<32} {share:>6}"
