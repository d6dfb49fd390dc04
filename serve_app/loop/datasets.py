"""Dataset versions on disk, for the routes: written by `train_jobs`, only read here."""

import json
from pathlib import Path

from pydantic import ValidationError

from cluster.errors import StorageError
from cluster.storage import Layout
from serve_app.errors import NotFoundError
from serve_app.loop_schemas import DatasetSummary, DatasetVersion

_MANIFEST, _LINEAGE, _SUMMARY = "manifest.parquet", "lineage.json", "summary.json"


def list_versions(layout: Layout, *, current: str) -> list[DatasetVersion]:
    """Return the versions, the newest first; ``current`` is the one that the champion rests on."""
    paths = layout.dataset_versions_dir.glob(f"*/{_MANIFEST}")
    newest_first = sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_to_version(path.parent, current) for path in newest_first]


def load_summary(layout: Layout, dataset_version: str) -> DatasetSummary:
    """Return what is drawn of a version.

    Raises:
        NotFoundError: there is no such version, or no summary of it.
    """
    try:
        path = layout.dataset_dir(dataset_version) / _SUMMARY
        return DatasetSummary.model_validate_json(path.read_bytes())
    except (StorageError, FileNotFoundError):
        raise NotFoundError(
            f"There is no summary of a dataset version {dataset_version[:80]!r}: list them, or "
            "make it with `python -m train_jobs summarize VERSION`."
        ) from None
    except ValidationError as error:
        raise NotFoundError(
            f"The summary of {dataset_version} is damaged ({error.error_count()} faults): make it "
            f"again with `python -m train_jobs summarize {dataset_version}`."
        ) from None


def _to_version(directory: Path, current: str) -> DatasetVersion:
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
        has_summary=(directory / _SUMMARY).exists(),
    )
