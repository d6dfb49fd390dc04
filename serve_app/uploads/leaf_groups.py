"""What follows from all items of an upload: labels that contradict each other, and leaf groups."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from cluster.uploads.values import DUPLICATE, UploadItem, reject
from models.leaf_names import to_original_stem
from models.near_duplicates import find_near_duplicates, unpack_hashes

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
    above: dict[str, str] = {}
    doubted: dict[int, UploadItem] = {}
    for first, second in _find_pairs(joined, first_new=len(known)):
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


def _find_pairs(items: Sequence[UploadItem], *, first_new: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of near duplicates, the second a new one, that join all there are."""
    first_of: dict[str, int] = {}
    for index, item in enumerate(items):
        if item.difference_hash is None or item.code == DUPLICATE:
            continue
        first = first_of.setdefault(item.difference_hash, index)
        # Of n equal pictures there are n * n / 2 pairs; these n join them too.
        if first != index and index >= first_new:
            yield first, index
    rows = list(first_of.values())
    words = unpack_hashes(b"".join(bytes.fromhex(found) for found in first_of))
    num_old = sum(row < first_new for row in rows)
    for first, second in find_near_duplicates(words, np.ones(len(rows), bool), first_new=num_old):
        yield rows[first], rows[second]


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


def _to_group_id(name: str, upload_id: str) -> str:
    """Return a group of its own; augmented copies belong to their original."""
    path = PurePosixPath(name)
    original = f"{upload_id}/{path.parent}/{to_original_stem(path.stem)}"
    return hashlib.sha256(original.encode()).hexdigest()[:_GROUP_CHARS]


def _find(above: dict[str, str], group: str) -> str:
    while (upper := above.get(group, group)) != group:
        group = upper
    return group
