"""What follows from all items of an upload: labels that contradict each other, and leaf groups."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from cluster.uploads import DUPLICATE, UploadItem, reject
from models.leaf_names import to_original_stem
from models.near_duplicates import NUM_HASH_BYTES, find_near_duplicates

_GROUP_CHARS = 10


def finish_items(
    items: Sequence[UploadItem], others: Iterable[UploadItem], upload_id: str
) -> list[UploadItem]:
    """Return the items with their leaf groups; ``others`` are those of earlier uploads.

    A photograph that came under two labels is rejected under both. Near duplicates become one
    group, of an earlier upload where they repeat one; under two labels they are marked for review.
    """
    items = _reject_conflicts(items)
    # One of each group and picture is enough to be repeated.
    known = {(item.group_id, item.difference_hash): item for item in others}
    joined = [*known.values(), *items]
    groups = [item.group_id or _to_group_id(item.name, upload_id) for item in joined]
    hashes = [item.difference_hash if _is_grouped(item) else None for item in joined]
    packed = b"".join(bytes.fromhex(found) if found else bytes(NUM_HASH_BYTES) for found in hashes)
    words = np.frombuffer(packed, np.uint64).reshape(len(joined), NUM_HASH_BYTES // 8)
    is_hashed = np.array([found is not None for found in hashes], dtype=bool)
    above: dict[str, str] = {}
    doubted: dict[int, UploadItem] = {}
    for first, second in find_near_duplicates(words, is_hashed, first_new=len(known)):
        kept, other = _find(above, groups[first]), _find(above, groups[second])
        if kept != other:
            above[other] = kept
        if joined[first].class_name != joined[second].class_name:
            doubted[second] = joined[first]
    finished = []
    for index in range(len(known), len(joined)):
        item = replace(joined[index], group_id=_find(above, groups[index]))
        finished.append(_doubt(item, doubted[index]) if index in doubted else item)
    return finished


def _reject_conflicts(items: Sequence[UploadItem]) -> list[UploadItem]:
    classes: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if item.class_name is not None and (item.is_accepted or item.code == DUPLICATE):
            classes[item.sha256].add(item.class_name)
    return [
        reject(
            item,
            "conflicting_labels",
            f"the same photograph is labelled {' and '.join(sorted(classes[item.sha256]))}; "
            "keep the right one",
        )
        if len(classes.get(item.sha256, ())) > 1 and (item.is_accepted or item.code == DUPLICATE)
        else item
        for item in items
    ]


def _doubt(item: UploadItem, other: UploadItem) -> UploadItem:
    if not item.is_accepted or item.is_suspicious:
        return item
    reason = f"nearly the same as {other.name}, which is labelled {other.class_name}; look at both"
    return replace(item, is_suspicious=True, reason=reason)


def _is_grouped(item: UploadItem) -> bool:
    return item.code != DUPLICATE


def _to_group_id(name: str, upload_id: str) -> str:
    """Return a group of its own; augmented copies belong to their original."""
    path = PurePosixPath(name)
    original = f"{upload_id}/{path.parent}/{to_original_stem(path.stem)}"
    return hashlib.sha256(original.encode()).hexdigest()[:_GROUP_CHARS]


def _find(above: dict[str, str], group: str) -> str:
    while (upper := above.get(group, group)) != group:
        group = upper
    return group
