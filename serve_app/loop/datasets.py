"""Dataset versions on disk, for the routes: written by `train_jobs`, only read here.

The bundled champion carries the summary of the version that it was trained on, whose photographs
are on few machines: a fresh installation has something to draw.
"""

import json
from pathlib import Path

from pydantic import ValidationError

from cluster.errors import StorageError
from cluster.storage import Layout
from models.artifact import CHAMPION_DIR, SUMMARY_FILE
from serve_app.errors import NotFoundError
from serve_app.loop_schemas import DatasetSummary, DatasetVersion

_MANIFEST, _LINEAGE = "manifest.parquet", "lineage.json"


def list_versions(
    layout: Layout, *, current: str, bundled_dir: Path = CHAMPION_DIR
) -> list[DatasetVersion]:
    """Return the versions, the newest first; ``current`` is the one that the champion rests on."""
    paths = layout.dataset_versions_dir.glob(f"*/{_MANIFEST}")
    newest_first = sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)
    bundled = _load_bundled(bundled_dir)
    name = bundled.dataset_version if bundled else None
    versions = [_to_version(path.parent, current, bundled=name) for path in newest_first]
    if bundled and all(version.dataset_version != name for version in versions):
        versions.append(
            DatasetVersion(
                dataset_version=bundled.dataset_version,
                parent=None,
                upload_ids=(),
                num_images=bundled.num_images,
                is_current=bundled.dataset_version == current,
                has_summary=True,
            )
        )
    return versions


def load_summary(
    layout: Layout, dataset_version: str, *, bundled_dir: Path = CHAMPION_DIR
) -> DatasetSummary:
    """Return what is drawn of a version.

    Raises:
        NotFoundError: there is no such version, or no summary of it.
    """
    try:
        path = layout.dataset_dir(dataset_version) / SUMMARY_FILE
        return DatasetSummary.model_validate_json(path.read_bytes())
    except (StorageError, FileNotFoundError):
        bundled = _load_bundled(bundled_dir)
        if bundled and bundled.dataset_version == dataset_version:
            return bundled
        raise NotFoundError(
            f"There is no summary of a dataset version {dataset_version[:80]!r}: list them, or "
            "make it with `python -m train_jobs summarize VERSION`."
        ) from None
    except ValidationError as error:
        raise NotFoundError(
            f"The summary of {dataset_version} is damaged ({error.error_count()} faults): make it "
            f"again with `python -m train_jobs summarize {dataset_version}`."
        ) from None


def _load_bundled(bundled_dir: Path) -> DatasetSummary | None:
    path = bundled_dir / SUMMARY_FILE
    return DatasetSummary.model_validate_json(path.read_bytes()) if path.exists() else None


def _to_version(directory: Path, current: str, *, bundled: str | None) -> DatasetVersion:
    # Only these routes need it, and it takes a quarter of a second to load.
    import pyarrow.parquet as pq

    lineage_path = directory / _LINEAGE
    lineage = json.loads(lineage_path.read_bytes()) if lineage_path.exists() else {}
    return DatasetVersion(
        dataset_version=directory.name,
        parent=lineage.get("parent"),
        upload_ids=tuple(lineage.get("upload_ids", ())),
        num_images=pq.read_metadata(directory / _MANIFEST).num_rows,
        is_current=directory.name == current,
        has_summary=(directory / SUMMARY_FILE).exists() or directory.name == bundled,
    )
