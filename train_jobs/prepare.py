"""Stage 1: a folder per class, or a CSV, becomes an immutable dataset version."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.storage import Layout
from models.artifact import hash_file
from models.images import list_images
from models.labels import UnknownLabelError, find_label
from models.near_duplicates import find_near_duplicates
from train_jobs.data_report import DataReport, create_report
from train_jobs.dataset import write_dataset_version
from train_jobs.manifest import (
    OUTSIDE_SOURCES,
    ManifestError,
    Rejection,
    Sample,
    assign_splits,
    check_trainable,
    find_leaked,
    is_split_by_photo,
    reject_leaked,
    reject_val_copies,
    resolve_duplicates,
    to_dataset_version,
    to_group_id,
)
from train_jobs.near_duplicates import hash_images, join_near_duplicates

MAX_SAMPLES = 200_000
MAX_SCENES = 10_000
VAL_FRACTION = 0.15
_MANIFEST_CSV = "manifest.csv"
_VAL_SIBLINGS = ("val", "valid")
_SCENES_SIBLING = "backgrounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A dataset version that was written (or found), with what was refused on the way."""

    dataset_version: str
    samples: tuple[Sample, ...]
    scenes: tuple[str, ...]
    """Hashes of the stored photographs without leaves."""
    rejections: tuple[Rejection, ...]
    report: DataReport


def prepare(
    layout: Layout,
    data_dir: Path,
    *,
    val_data_dir: Path | None = None,
    outside_train_share: float = 0.5,
    seed: int = 0,
) -> Prepared:
    """Read `data_dir` (a folder per class, or a CSV with columns path, label) into a version.

    The validation part is `val_data_dir`; else the sibling `val` or `valid` of a folder named
    `train`; else 15 % of the leaves. A validation part that was split photo by photo is split anew
    by leaf. Leaf groups come from a `manifest.csv` (columns path, group_id) in or beside the
    folder, else from the file names; near duplicates join the group of the photograph they repeat.

    Beside a folder named `train`, photographs from outside (`field`, `domain`: a folder per class)
    are read too: `outside_train_share` of their leaves to train on, the rest as the split `test`;
    and scenes without leaves (`backgrounds`).

    Raises:
        ManifestError: no such folder, no classes in it, an unknown class, too little to train on.
    """
    val_data_dir = val_data_dir or _find_sibling(data_dir, _VAL_SIBLINGS)
    samples, rejections = read_samples(data_dir, split="train", source="lab")
    if val_data_dir is not None:
        samples, rejections = _add(samples, rejections, val_data_dir, split="val", source="lab")
    for source in OUTSIDE_SOURCES:
        folder = _find_sibling(data_dir, (source,))
        if folder is not None:
            samples, rejections = _add(samples, rejections, folder, split="train", source=source)
    samples, duplicates = resolve_duplicates(samples)
    rejections += duplicates
    hashes, is_hashed = hash_images([Path(sample.path) for sample in samples])
    pairs = list(find_near_duplicates(hashes, is_hashed))
    samples, conflicts = join_near_duplicates(samples, pairs)

    lab = [sample for sample in samples if sample.source not in OUTSIDE_SOURCES]
    leaked = find_leaked(lab)
    is_regrouped = val_data_dir is not None and is_split_by_photo(lab, leaked)
    num_val_leaves = len({sample.group_id for sample in lab if sample.split == "val"})
    num_leaked_leaves = len({sample.group_id for sample in leaked})
    if val_data_dir is None or is_regrouped:
        lab = assign_splits(lab, held_out="val", held_out_fraction=VAL_FRACTION, seed=seed)
    samples = lab + assign_splits(
        [sample for sample in samples if sample.source in OUTSIDE_SOURCES],
        held_out="test",
        held_out_fraction=1 - outside_train_share,
        seed=seed,
    )
    samples, leaks = reject_leaked(samples, find_leaked(samples))
    rejections += leaks
    if is_regrouped:
        samples, copies = reject_val_copies(samples)
        rejections += copies
    check_trainable(samples)
    scenes = _read_scenes(_find_sibling(data_dir, (_SCENES_SIBLING,)))
    dataset_version = to_dataset_version(samples, scenes)
    report = create_report(
        samples,
        rejections,
        conflicts=conflicts,
        num_near_duplicates=len(pairs),
        num_given_val_leaves=num_val_leaves,
        num_leaked_val_leaves=num_leaked_leaves,
        is_regrouped=is_regrouped,
        num_scenes=len(scenes),
    )
    write_dataset_version(layout, dataset_version, samples, scenes, rejections, report)
    return Prepared(
        dataset_version=dataset_version,
        samples=tuple(samples),
        scenes=tuple(scenes),
        rejections=tuple(rejections),
        report=report,
    )


def read_labelled_images(data: Path) -> Iterator[tuple[Path, str]]:
    """Yield (image path, class name) of a folder per class, or of a CSV.

    Raises:
        ManifestError: as `prepare`.
    """
    if not data.exists():
        raise ManifestError(f"{data} does not exist; check the path")
    if data.is_file():
        yield from _read_csv(data)
        return
    class_dirs = sorted(
        child for child in data.iterdir() if child.is_dir() and not child.name.startswith(".")
    )
    if not class_dirs:
        raise ManifestError(
            f"{data} has no folders inside; put the photographs of each class into a folder named "
            "after the class, such as Tomato___Late_blight"
        )
    for class_dir in class_dirs:
        class_name = _find_class_name(class_dir.name, where=f"the folder {class_dir}")
        for path in list_images([class_dir]):
            yield path, class_name


def _add(
    samples: Sequence[Sample],
    rejections: Sequence[Rejection],
    data: Path,
    *,
    split: str,
    source: str,
) -> tuple[list[Sample], list[Rejection]]:
    more_samples, more_rejections = read_samples(data, split=split, source=source)
    return [*samples, *more_samples], [*rejections, *more_rejections]


def read_samples(data: Path, *, split: str, source: str) -> tuple[list[Sample], list[Rejection]]:
    """Read a folder per class, or a CSV, as samples of one split and source.

    Raises:
        ManifestError: as `prepare`.
    """
    groups = read_group_ids(data)
    samples: list[Sample] = []
    rejections: list[Rejection] = []
    for path, class_name in read_labelled_images(data):
        if len(samples) >= MAX_SAMPLES:
            raise ManifestError(f"{data} has more than {MAX_SAMPLES} photographs; split it")
        try:
            sha256 = hash_file(path)
        except OSError as error:
            rejections.append(
                Rejection(path=str(path), code="unreadable", reason=error.strerror or "unreadable")
            )
            continue
        samples.append(
            Sample(
                sha256=sha256,
                path=str(path.resolve()),
                class_name=class_name,
                group_id=groups.get(path.resolve()) or to_group_id(path.stem, class_name),
                split=split,
                source=source,
            )
        )
    if not samples:
        raise ManifestError(f"{data} has no photographs in its folders; add JPEG, PNG or WebP")
    return samples, rejections


def _read_csv(path: Path) -> Iterator[tuple[Path, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = {"path", "label"} - set(reader.fieldnames or ())
        if missing:
            raise ManifestError(
                f"{path} lacks the column {' and '.join(sorted(missing))}; "
                "its first line must be: path,label"
            )
        for line, row in enumerate(reader, start=2):
            if not row["path"] or not row["label"]:
                raise ManifestError(f"{path}, line {line}: path and label must both be given")
            class_name = _find_class_name(row["label"], where=f"{path}, line {line}")
            yield path.parent / row["path"], class_name


def read_group_ids(data: Path) -> dict[Path, str]:
    """Read leaf groups from `manifest.csv` in the folder or beside it, where there is one."""
    folder = data if data.is_dir() else data.parent
    for manifest in (folder / _MANIFEST_CSV, folder.parent / _MANIFEST_CSV):
        if not manifest.is_file():
            continue
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"path", "group_id"} <= set(reader.fieldnames or ()):
                continue
            return {
                (manifest.parent / row["path"]).resolve(): row["group_id"]
                for row in reader
                if row["path"] and row["group_id"]
            }
    return {}


def _read_scenes(folder: Path | None) -> dict[str, Path]:
    """Map hash to path of the photographs without leaves, each once."""
    if folder is None:
        return {}
    return {hash_file(path): path for path in list_images([folder])[:MAX_SCENES]}


def _find_sibling(data_dir: Path, names: Sequence[str]) -> Path | None:
    """Find a folder beside a folder named `train`."""
    if data_dir.name != "train":
        return None
    siblings = (data_dir.parent / name for name in names)
    return next((sibling for sibling in siblings if sibling.is_dir()), None)


def _find_class_name(spelling: str, *, where: str) -> str:
    try:
        return find_label(spelling).class_name
    except UnknownLabelError as error:
        raise ManifestError(f"{where}: {error}") from None
