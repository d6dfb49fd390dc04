"""New labelled photographs, and how they join a data set: pure decisions on plain values.

A leaf never stands on both sides: what shows a leaf that judges is not learned from, and what shows
a leaf that was learned from does not judge.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from models.known_photographs import to_short_hash
from train_jobs.manifest import ManifestError, Rejection, Sample, assign_splits

SOURCE = "upload"
HELD_BACK_SPLIT = "test"
# A gain of ten points on a hundred photographs can be proven, on thirty it cannot: of 300 new ones
# a third judges.
HELD_BACK_FRACTION = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhoto:
    """A labelled photograph that no model has seen; `sha256` is of the file's bytes."""

    sha256: str
    path: str
    class_name: str
    group_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the champion's data set holds already."""

    trained_on: frozenset[int]
    """Short hashes of what was trained on."""
    judged_by: frozenset[str]
    """Hashes of validation and test photographs."""
    split_by_group: Mapping[str, str]
    """Of the leaves that are known; empty where the base photographs are absent."""


def to_samples(photos: Iterable[NewPhoto]) -> list[Sample]:
    """Return new photographs as samples, all to train on so far."""
    return [
        Sample(
            sha256=photo.sha256,
            path=photo.path,
            class_name=photo.class_name,
            group_id=photo.group_id,
            split="train",
            source=SOURCE,
        )
        for photo in photos
    ]


def join_data_set(
    samples: Sequence[Sample], known: Known, *, seed: int = 0
) -> tuple[list[Sample], list[Rejection]]:
    """Leave out what is known, and set part of the new leaves aside to judge by (split `test`).

    Raises:
        ManifestError: nothing new is left to learn from.
    """
    rejections: list[Rejection] = []
    fresh: list[Sample] = []
    for sample in samples:
        code, reason = _find_reason(sample, known)
        if code:
            rejections.append(Rejection(path=sample.path, code=code, reason=reason))
        else:
            fresh.append(sample)
    is_bound = {s.group_id: s.group_id in known.split_by_group for s in fresh}
    bound = [replace(s, split="train") for s in fresh if is_bound[s.group_id]]
    free = assign_splits(
        [s for s in fresh if not is_bound[s.group_id]],
        held_out=HELD_BACK_SPLIT,
        held_out_fraction=HELD_BACK_FRACTION,
        seed=seed,
    )
    joined = bound + free
    if not any(sample.split == "train" for sample in joined):
        said = ", ".join(sorted({rejection.code for rejection in rejections})) or "no photographs"
        raise ManifestError(
            f"there is nothing new to learn from ({said}); add labelled photographs that no model "
            "was trained on or judged by"
        )
    return joined, rejections


def _find_reason(sample: Sample, known: Known) -> tuple[str, str]:
    if sample.sha256 in known.judged_by:
        return "judges_already", "models are judged by this photograph, so none may learn from it"
    if to_short_hash(sample.sha256) in known.trained_on:
        return "trained_on_already", "the champion was trained on this photograph"
    split = known.split_by_group.get(sample.group_id)
    if split is not None and split != "train":
        return "leaf_judges_already", "another photograph of this leaf judges models"
    return "", ""
