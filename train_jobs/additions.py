"""New photographs become a dataset version that grew from the champion's."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cluster.storage import Layout
from models.near_duplicates import find_near_duplicates
from train_jobs.accepted_uploads import list_accepted
from train_jobs.data_report import create_report
from train_jobs.dataset import (
    Lineage,
    has_version,
    is_whole,
    load_samples,
    load_scenes,
    write_dataset_version,
)
from train_jobs.manifest import (
    ManifestError,
    Rejection,
    Sample,
    resolve_duplicates,
    to_dataset_version,
)
from train_jobs.near_duplicates import hash_images, join_near_duplicates
from train_jobs.new_photos import (
    HELD_BACK_SPLIT,
    SOURCE,
    Known,
    NewPhoto,
    join_data_set,
    to_samples,
)
from train_jobs.prepare import read_group_ids, read_samples
from train_jobs.replay import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownVersion:
    """A version that was written: the base's samples as far as they lie here, and the new ones."""

    dataset_version: str
    base: tuple[Sample, ...]
    added: tuple[Sample, ...]
    scenes: tuple[str, ...]
    rejections: tuple[Rejection, ...]


def read_new_photos(
    layout: Layout, data_dirs: Sequence[Path], upload_ids: Sequence[str]
) -> tuple[list[NewPhoto], list[Rejection]]:
    """Read labelled photographs of folders (one per class) and of accepted uploads.

    Raises:
        ManifestError: none is named, or a folder cannot be read as such.
        cluster.errors.ClusterError: an upload is unknown or not accepted.
    """
    if not data_dirs and not upload_ids:
        raise ManifestError("which new photographs? Name a folder with --data, or an --upload")
    photos = list_accepted(layout, upload_ids) if upload_ids else []
    rejections: list[Rejection] = []
    for folder in data_dirs:
        samples, refused = read_samples(folder, split="train", source=SOURCE)
        rejections += refused
        photos += name_leaves(samples, is_given=read_group_ids(folder).keys())
    return photos, rejections


def grow(
    layout: Layout,
    parent: str,
    replay: Replay,
    photos: Sequence[NewPhoto],
    *,
    upload_ids: Sequence[str] = (),
    rejections: Sequence[Rejection] = (),
) -> GrownVersion:
    """Write the version that `parent` becomes with new photographs; the same ones, the same one.

    Where the photographs of `parent` lie elsewhere, the new version holds what was added since and
    names it. What the champion learned from or was judged by is told by its `replay`.

    Raises:
        ManifestError: nothing new is left to learn from, or nothing to judge by.
    """
    samples, duplicates = resolve_duplicates(to_samples(photos))
    base = load_samples(layout, parent) if has_version(layout, parent) else []
    scenes = {path.name: path for path in load_scenes(layout, parent)} if base else {}
    judging = [
        replace(sample, path=str(layout.image_path(sample.sha256)))
        for sample in base
        if sample.split != "train"
    ]
    # What judges stands first: a new photograph that nearly repeats one is of the same leaf.
    everything = [*judging, *samples]
    hashes, is_hashed = hash_images([Path(sample.path) for sample in everything])
    pairs = list(find_near_duplicates(hashes, is_hashed))
    joined, conflicts = join_near_duplicates(everything, pairs)
    samples = joined[len(judging) :]
    leaves = {sample.group_id: sample.split for sample in [*base, *joined[: len(judging)]]}
    added, known = join_data_set(samples, _to_known(replay, base, leaves))
    rejections = [*rejections, *duplicates, *known]
    num_held_back = sum(sample.split == HELD_BACK_SPLIT for sample in added)
    if not num_held_back:
        raise ManifestError(
            f"nothing would be left to judge by: the {len(added)} new photographs show one leaf a "
            "class, or leaves that are known; add photographs of other leaves"
        )
    dataset_version = to_dataset_version([*base, *added], scenes, parent=parent)
    report = create_report(
        [*base, *added],
        rejections,
        conflicts=conflicts,
        num_near_duplicates=len(pairs),
        num_given_val_leaves=0,
        num_leaked_val_leaves=0,
        is_regrouped=False,
        num_scenes=len(scenes),
    )
    lineage = Lineage(
        parent=parent,
        is_whole=is_whole(layout, parent),
        upload_ids=tuple(upload_ids),
        num_added=len(added),
        num_held_back=num_held_back,
    )
    write_dataset_version(
        layout, dataset_version, [*base, *added], scenes, rejections, report, lineage=lineage
    )
    return GrownVersion(
        dataset_version=dataset_version,
        base=tuple(base),
        added=tuple(added),
        scenes=tuple(scenes),
        rejections=tuple(rejections),
    )


def name_leaves(samples: Sequence[Sample], *, is_given: Container[Path]) -> list[NewPhoto]:
    """Return samples of one folder as new photographs.

    A leaf that a manifest names (its path is in `is_given`) keeps its name. One that file names
    tell gets a name from its photographs: `IMG_0001.jpg` of two folders are two leaves.
    """
    first: dict[str, str] = {}
    for sample in samples:
        first[sample.group_id] = min(first.get(sample.group_id, sample.sha256), sample.sha256)
    return [
        NewPhoto(
            sha256=sample.sha256,
            path=sample.path,
            class_name=sample.class_name,
            group_id=sample.group_id if Path(sample.path) in is_given else first[sample.group_id],
        )
        for sample in samples
    ]


def _to_known(replay: Replay, base: Sequence[Sample], leaves: Mapping[str, str]) -> Known:
    hashes = replay.list_hashes()
    is_train_n = replay.select("train")
    judged_by = {name for name, is_train in zip(hashes, is_train_n, strict=True) if not is_train}
    return Known(
        trained_on=frozenset(replay.trained_on.tolist()),
        judged_by=frozenset(judged_by | {s.sha256 for s in base if s.split != "train"}),
        split_by_group=leaves,
    )
