"""How often the champion is right: read from its evaluation, or from a gate's verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LABORATORY_SLICE = "val"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How many photographs of a class are recognised; ``low`` and ``high`` are its 95 % interval.

    Where no interval was computed both are the share itself.
    """

    num_images: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One model's figures; what nobody has measured is None, and ``missing`` says why.

    ``recalls`` by slice (`val`: laboratory; `field`, `domain`, ...) and class. ``confusion``
    counts laboratory photographs by true class, then answer, in the order of ``class_names``.
    """

    model_version: str
    recalls: Mapping[str, Mapping[str, Recall]]
    class_names: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = None
    missing: str | None = None


def from_evaluation(evaluation: Mapping[str, Any]) -> Skill:
    """Read `evaluation.json` of an artifact.

    Raises:
        KeyError, TypeError, ValueError: it is no evaluation.
    """
    confusion = evaluation.get("confusion")
    return Skill(
        model_version=str(evaluation["model_version"]),
        recalls={
            slice_name: {
                class_name: Recall(
                    num_images=int(row["num_images"]),
                    share=float(row["recall"]),
                    low=float(row["recall_low"]),
                    high=float(row["recall_high"]),
                )
                for class_name, row in classes.items()
            }
            for slice_name, classes in evaluation["classes"].items()
        },
        class_names=tuple(evaluation.get("class_names", ())),
        confusion=confusion and tuple(tuple(map(int, row)) for row in confusion),
        missing=None if confusion else "What it mixes up was not measured for this model.",
    )


def from_verdict(model_version: str, verdict: Mapping[str, Any]) -> Skill:
    """Read the verdict by which a retrained model became the champion.

    Raises:
        KeyError, TypeError, ValueError: it is no verdict.
    """
    recalls = {}
    for class_name, row in verdict["by_class"].items():
        share = float(row["challenger"])
        recalls[class_name] = Recall(
            num_images=int(row["num_samples"]), share=share, low=share, high=share
        )
    return Skill(
        model_version=model_version,
        recalls={LABORATORY_SLICE: recalls},
        missing="It was judged class by class when it took over; what it mixes up was not "
        "recorded.",
    )
