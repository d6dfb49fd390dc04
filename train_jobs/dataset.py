"""A dataset version on disk: a Parquet manifest that names content-addressed images.

datasets/images/ab/abcd...           the photographs, each once
datasets/versions/ds-.../manifest.parquet   one row a sample, in a shuffled order
                    /scenes.json     hashes of photographs without leaves
                    /rejections.csv  what was refused, and why
                    /report.json     counts by class, source, split; leaves on both sides
                    /lineage.json    the version it grew from, and by what (absent: from nothing)
                    /refused.json    what `validate` could not decode (absent: not validated)
"""

import csv
import json
import os
import random
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from cluster.atomic_file import replace_file
from cluster.storage import Layout
from train_jobs.data_report import DataReport
from train_jobs.manifest import ManifestError, Rejection, Sample

_MANIFEST = "manifest.parquet"
_SCENES = "scenes.json"
_REPORT = "report.json"
_REJECTIONS = "rejections.csv"
_REFUSED = "refused.json"
_LINEAGE = "lineage.json"
_COLUMNS = [field.name for field in fields(Sample)]


class Lineage(BaseModel):
    """Where a version that grew from another one came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parent: str
    is_whole: bool
    """Whether the photographs of the parent are part of it, or only what was added since."""
    upload_ids: tuple[str, ...]
    num_added: int
    num_held_back: int
    """Of the added ones: set aside to judge by."""


def write_dataset_version(
    layout: Layout,
    dataset_version: str,
    samples: Sequence[Sample],
    scenes: Mapping[str, Path],
    rejections: Sequence[Rejection],
    report: DataReport,
    *,
    lineage: Lineage | None = None,
) -> Path:
    """Store the images and write the manifest; of an existing version, only what is missing.

    Rows are written in a random order that depends on nothing but the version: files sorted by
    class would otherwise be read, and learned, class by class.

    Returns:
        The version's directory.
    """
    directory = layout.dataset_dir(dataset_version)
    for sample in samples:
        _store_image(layout, sample.sha256, Path(sample.path))
    for sha256, path in scenes.items():
        _store_image(layout, sha256, path)
    if (directory / _MANIFEST).exists():
        return directory
    shuffled = sorted(samples, key=lambda sample: sample.sha256)
    random.Random(dataset_version).shuffle(shuffled)  # noqa: S311  (an order, no secret)
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=directory.parent))
    try:
        table = pa.Table.from_pylist([asdict(sample) for sample in shuffled])
        pq.write_table(table, temporary / _MANIFEST)
        (temporary / _SCENES).write_text(json.dumps(sorted(scenes), indent=1), encoding="utf-8")
        (temporary / _REPORT).write_text(report.model_dump_json(indent=1), encoding="utf-8")
        _write_rejections(temporary / _REJECTIONS, rejections)
        if lineage is not None:
            (temporary / _LINEAGE).write_text(lineage.model_dump_json(indent=1), encoding="utf-8")
        temporary.chmod(0o755)
        temporary.rename(directory)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        if not (directory / _MANIFEST).exists():  # another process may have written it first
            raise
    return directory


def load_samples(layout: Layout, dataset_version: str) -> list[Sample]:
    """Read the manifest without what `validate` refused.

    Raises:
        ManifestError: there is no such version.
    """
    directory = layout.dataset_dir(dataset_version)
    path = directory / _MANIFEST
    if not path.exists():
        raise ManifestError(
            f"there is no dataset version {dataset_version}; "
            "make one with `python -m train_jobs prepare --data DIR`"
        )
    refused = load_refused(layout, dataset_version) or {}
    rows = pq.read_table(path, columns=_COLUMNS).to_pylist()
    return [Sample(**row) for row in rows if row["sha256"] not in refused]


def load_scenes(layout: Layout, dataset_version: str) -> list[Path]:
    """Return the stored photographs without leaves of a version."""
    path = layout.dataset_dir(dataset_version) / _SCENES
    refused = load_refused(layout, dataset_version) or {}
    return [
        layout.image_path(sha256)
        for sha256 in json.loads(path.read_text(encoding="utf-8"))
        if sha256 not in refused
    ]


def has_version(layout: Layout, dataset_version: str) -> bool:
    """Tell whether a version lies on this machine."""
    return (layout.dataset_dir(dataset_version) / _MANIFEST).exists()


def load_lineage(layout: Layout, dataset_version: str) -> Lineage | None:
    """Read what a version grew from; None for one that was read from a folder."""
    path = layout.dataset_dir(dataset_version) / _LINEAGE
    return Lineage.model_validate_json(path.read_bytes()) if path.exists() else None


def is_whole(layout: Layout, dataset_version: str) -> bool:
    """Tell whether all photographs of a version lie on this machine, those of its base included."""
    if not has_version(layout, dataset_version):
        return False
    lineage = load_lineage(layout, dataset_version)
    return lineage is None or lineage.is_whole


def load_refused(layout: Layout, dataset_version: str) -> dict[str, str] | None:
    """Read what `validate` refused (hash: reason); None if the version was never validated."""
    path = layout.dataset_dir(dataset_version) / _REFUSED
    if not path.exists():
        return None
    refused: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return refused


def write_refused(layout: Layout, dataset_version: str, refused: dict[str, str]) -> None:
    """Write the result of `validate`, atomically."""
    path = layout.dataset_dir(dataset_version) / _REFUSED
    replace_file(path, json.dumps(refused, indent=1, sort_keys=True).encode())


def _store_image(layout: Layout, sha256: str, source: Path) -> None:
    target = layout.image_path(sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, temporary)
    temporary.replace(target)


def _write_rejections(path: Path, rejections: Iterable[Rejection]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "code", "reason"])
        writer.writerows((item.path, item.code, item.reason) for item in rejections)
