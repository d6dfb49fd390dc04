"""Samples, leaf groups and splits: pure decisions on plain values.

A leaf that was photographed several times is one group, and a group never stands on both sides of
a split: a network that has seen a leaf knows it again.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from models.leaf_names import is_augmented_stem, to_original_stem

SPLITS = ("train", "val", "test")
# Where photographs come from; all but the laboratory's are split by `assign_splits` on their own.
OUTSIDE_SOURCES = ("field", "domain")
# A validation part with more of its leaves in the training part is no accident of a few copies: it
# was split photo by photo, and is split anew by leaf.
_MAX_LEAKED_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One labelled photograph. `sha256` is of the file's bytes and names the stored image."""

    sha256: str
    path: str
    class_name: str
    group_id: str
    split: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A photograph that does not enter the data set, and why."""

    path: str
    code: str
    reason: str


class ManifestError(ValueError):
    """A data set that cannot be trained on; the message says what to do."""


def to_group_id(file_stem: str, class_name: str) -> str:
    """Return the leaf group that a file name tells: augmented copies belong to their original."""
    original = to_original_stem(file_stem)
    return hashlib.sha256(f"{class_name}/{original}".encode()).hexdigest()[:10]


def is_augmented_copy(path: str) -> bool:
    """Tell by its name whether a photograph is an augmented copy of another one."""
    return is_augmented_stem(PurePath(path).stem)


def resolve_duplicates(samples: Sequence[Sample]) -> tuple[list[Sample], list[Rejection]]:
    """Keep one sample of each image; refuse every copy of an image that has two labels."""
    by_hash: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_hash[sample.sha256].append(sample)
    kept: list[Sample] = []
    rejected: list[Rejection] = []
    for copies in by_hash.values():
        names = sorted({copy.class_name for copy in copies})
        if len(names) > 1:
            rejected += [
                Rejection(
                    path=copy.path,
                    code="conflicting_labels",
                    reason=f"the same image is labelled {' and '.join(names)}; keep the right one",
                )
                for copy in copies
            ]
            continue
        kept.append(copies[0])
        rejected += [
            Rejection(
                path=copy.path, code="duplicate", reason=f"the same image as {copies[0].path}"
            )
            for copy in copies[1:]
        ]
    return kept, rejected


def find_leaked(samples: Sequence[Sample]) -> list[Sample]:
    """Find the validation and test samples whose leaf also stands in the training part."""
    train_groups = {sample.group_id for sample in samples if sample.split == "train"}
    return [s for s in samples if s.split != "train" and s.group_id in train_groups]


def is_split_by_photo(samples: Sequence[Sample], leaked: Sequence[Sample]) -> bool:
    """Tell whether so many leaves stand on both sides that the split must be made anew.

    The New Plant Diseases Dataset was augmented before it was split: 61.5 % of the originals in
    its `valid` part also stand in `train`.
    """
    val_groups = {sample.group_id for sample in samples if sample.split == "val"}
    leaked_groups = {sample.group_id for sample in leaked if sample.split == "val"}
    return len(leaked_groups) > _MAX_LEAKED_SHARE * len(val_groups)


def reject_leaked(
    samples: Sequence[Sample], leaked: Sequence[Sample]
) -> tuple[list[Sample], list[Rejection]]:
    """Take the leaked samples out of the validation and test parts."""
    paths = {sample.path for sample in leaked}
    return [sample for sample in samples if sample.path not in paths], [
        Rejection(
            path=sample.path,
            code="leaf_in_train",
            reason="another photograph of this leaf is in the training part",
        )
        for sample in leaked
    ]


def reject_val_copies(samples: Sequence[Sample]) -> tuple[list[Sample], list[Rejection]]:
    """Keep one photograph of each validation leaf that has augmented copies.

    Five turned copies of one leaf are one answer, not five.
    """
    first_by_group: dict[str, Sample] = {}
    for sample in samples:
        if sample.split == "val":
            kept = first_by_group.setdefault(sample.group_id, sample)
            if is_augmented_copy(kept.path) and not is_augmented_copy(sample.path):
                first_by_group[sample.group_id] = sample
    rejected = [
        sample
        for sample in samples
        if sample.split == "val"
        and is_augmented_copy(sample.path)
        and first_by_group[sample.group_id] is not sample
    ]
    paths = {sample.path for sample in rejected}
    return [sample for sample in samples if sample.path not in paths], [
        Rejection(
            path=sample.path,
            code="augmented_copy",
            reason="an augmented copy; its leaf is judged by one photograph",
        )
        for sample in rejected
    ]


def assign_splits(
    samples: Sequence[Sample], *, held_out: str, held_out_fraction: float, seed: int
) -> list[Sample]:
    """Split by leaf group within each class into `train` and the split named `held_out`.

    Every class keeps at least one group for training, unless everything is held out
    (`held_out_fraction` 1). The order of a class's groups is their hash with the seed, so that a
    data set that grows keeps its splits.
    """
    if held_out_fraction >= 1:
        return [replace(sample, split=held_out) for sample in samples]
    groups: dict[str, dict[str, int]] = defaultdict(dict)
    for sample in samples:
        counts = groups[sample.class_name]
        counts[sample.group_id] = counts.get(sample.group_id, 0) + 1
    ordered_groups = {
        class_name: sorted(
            counts, key=lambda group: hashlib.sha256(f"{seed}/{group}".encode()).digest()
        )
        for class_name, counts in groups.items()
    }
    # A group may hold photographs of two classes: neither may take the other's last one.
    kept_groups = {ordered[-1] for ordered in ordered_groups.values()}
    held_out_groups: set[str] = set()
    for class_name, counts in groups.items():
        wanted = held_out_fraction * sum(counts.values())
        taken = 0
        for group in ordered_groups[class_name]:
            if taken >= wanted:
                break
            if group not in kept_groups and taken + counts[group] <= max(2 * wanted, 1):
                held_out_groups.add(group)
                taken += counts[group]
    return [
        replace(sample, split=held_out if sample.group_id in held_out_groups else "train")
        for sample in samples
    ]


def check_trainable(samples: Sequence[Sample]) -> None:
    """Check that there is something to learn and something to judge by.

    Raises:
        ManifestError: fewer than two classes, or an empty training or validation part.
    """
    train_classes = {sample.class_name for sample in samples if sample.split == "train"}
    if len(train_classes) < 2:
        found = ", ".join(sorted(train_classes)) or "none"
        raise ManifestError(
            f"training needs photographs of at least two classes; found: {found}. "
            "Put the photographs of each class into a folder of its own"
        )
    if not any(sample.split == "val" for sample in samples):
        raise ManifestError(
            "no photograph is left for validation: every class has one leaf only. Add photographs "
            "of other leaves, or name a validation folder with --val-data"
        )


def to_dataset_version(
    samples: Iterable[Sample], scenes: Iterable[str] = (), *, parent: str | None = None
) -> str:
    """Return the version of a data set: a hash of its images, labels, groups, splits and scenes.

    `scenes` are the hashes of the photographs without leaves; `parent` is the version that it grew
    from, whose photographs need not be among the samples.
    """
    digest = hashlib.sha256()
    if parent is not None:
        digest.update(f"parent {parent}\n".encode())
    for sha256 in sorted(scenes):
        digest.update(f"scene {sha256}\n".encode())
    for line in sorted(
        f"{s.sha256} {s.class_name} {s.group_id} {s.split} {s.source}" for s in samples
    ):
        digest.update(line.encode() + b"\n")
    return f"ds-{digest.hexdigest()[:12]}"


def count_by_class(samples: Iterable[Sample], split: str) -> dict[str, int]:
    """Count the samples of one split by class name."""
    return dict(Counter(sample.class_name for sample in samples if sample.split == split))
