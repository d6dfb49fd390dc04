"""Stage 2: decode every image with Ray Data; what cannot be read is refused, with its reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import ray.data
from numpy.typing import NDArray
from ray.data.expressions import col

from cluster.storage import Layout
from models.images import ImageError, decode_image, read_image_bytes
from train_jobs.data_context import configure_ray_data
from train_jobs.dataset import load_refused, write_refused
from train_jobs.manifest import Sample

_BATCH_SIZE = 64
_ROWS_PER_TASK = 1024


def validate(
    layout: Layout, dataset_version: str, samples: Sequence[Sample], scenes: Sequence[str]
) -> dict[str, str]:
    """Decode every image of a version once; a second call reads the first one's result.

    `scenes` are the hashes of its photographs without leaves.

    Returns:
        Reason by hash of each refused image (its code, a colon, what to do).
    """
    known = load_refused(layout, dataset_version)
    if known is not None:
        return known
    configure_ray_data()
    hashes = [*(sample.sha256 for sample in samples), *scenes]
    paths = [str(layout.image_path(sha256)) for sha256 in hashes]
    rows = (
        ray.data.from_arrow(pa.table({"path": paths, "row": list(range(len(paths)))}))
        .repartition(target_num_rows_per_block=_ROWS_PER_TASK)
        .map_batches(_check_batch, batch_size=_BATCH_SIZE)  # type: ignore[arg-type]
        .filter(expr=col("reason") != "")
    )
    refused = {hashes[row["row"]]: str(row["reason"]) for row in rows.iter_rows()}
    write_refused(layout, dataset_version, refused)
    return refused


def _check_batch(batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    reasons = [_find_reason(Path(str(path))) for path in batch["path"]]
    return {"row": batch["row"], "reason": np.asarray(reasons, dtype=object)}


def _find_reason(path: Path) -> str:
    try:
        decode_image(read_image_bytes(path))
    except ImageError as error:
        return f"{error.code}: {error}"
    return ""
