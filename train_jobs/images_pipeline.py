"""Ray Data pipelines from a dataset version to batches of pixels.

Paths are shuffled, not pixels: a row is a hundred bytes until its image is decoded, so a full
shuffle of any data set fits into memory.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import ray.data
from numpy.typing import NDArray

from cluster.storage import Layout
from models.images import ImageError, decode_image
from models.labels import CLASS_NAMES
from models.preprocess import resize_image
from train_jobs.augment import Augmentation
from train_jobs.epoch import TrainRow
from train_jobs.manifest import Sample

Batch = dict[str, NDArray[Any]]

STRANGER_IDX = -1
_ROWS_PER_TASK = 256
_DECODE_BATCH = 32
_CLASS_IDX = {class_name: index for index, class_name in enumerate(CLASS_NAMES)}


def create_train_dataset(
    layout: Layout, rows: Sequence[TrainRow], augment: Augmentation
) -> ray.data.Dataset:
    """Stream augmented images {image_bhwc uint8, class_idx_b}; every epoch is drawn anew.

    `class_idx_b` is -1 for a stranger: a scene, or a photograph whose leaf was taken out.
    """

    def decode(batch: Batch) -> Batch:
        return decode_and_augment(batch, augment)

    return (
        ray.data.from_arrow(pa.table(to_train_columns(layout, rows)))
        .random_shuffle()
        .repartition(target_num_rows_per_block=_ROWS_PER_TASK)
        .map_batches(decode, batch_size=_DECODE_BATCH)  # type: ignore[arg-type]
    )


def to_train_columns(layout: Layout, rows: Sequence[TrainRow]) -> dict[str, list[Any]]:
    """Return columns path (of the stored image), class_idx, has_sheet."""
    return {
        "path": [str(layout.image_path(row.sha256)) for row in rows],
        "class_idx": [
            STRANGER_IDX if row.class_name is None else _CLASS_IDX[row.class_name] for row in rows
        ],
        "has_sheet": [row.has_sheet for row in rows],
    }


def decode_and_augment(batch: Mapping[str, Any], augment: Augmentation) -> Batch:
    """Turn rows of `to_train_columns` into {image_bhwc uint8, class_idx_b}."""
    images, classes = [], []
    for path, class_idx, has_sheet in zip(
        batch["path"], batch["class_idx"], batch["has_sheet"], strict=True
    ):
        image, has_leaf = augment(_decode(path), has_sheet=bool(has_sheet))
        images.append(image)
        classes.append(class_idx if has_leaf else STRANGER_IDX)
    return {"image_bhwc": np.stack(images), "class_idx_b": np.asarray(classes)}


def create_eval_dataset(
    layout: Layout, samples: Sequence[Sample], *, size_px: int
) -> ray.data.Dataset:
    """Stream plainly resized images {image_bhwc uint8, class_idx_b, row_b} in any order.

    `row_b` is the index of the sample.
    """

    def decode(batch: Batch) -> Batch:
        images = [resize_image(_decode(path), size_px) for path in batch["path"]]
        return {
            "image_bhwc": np.stack(images),
            "class_idx_b": batch["class_idx"],
            "row_b": batch["row"],
        }

    return (
        ray.data.from_arrow(to_table(layout, samples))
        .repartition(target_num_rows_per_block=_ROWS_PER_TASK)
        .map_batches(decode, batch_size=_DECODE_BATCH)  # type: ignore[arg-type]
    )


def to_table(layout: Layout, samples: Sequence[Sample]) -> pa.Table:
    """Return columns path (of the stored image), class_idx, row."""
    return pa.table(
        {
            "path": [str(layout.image_path(sample.sha256)) for sample in samples],
            "class_idx": [_CLASS_IDX[sample.class_name] for sample in samples],
            "row": list(range(len(samples))),
        }
    )


def _decode(path: str) -> NDArray[np.uint8]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (a path object per image costs time)
            return decode_image(file.read())
    except ImageError as error:
        raise ImageError(
            error.code,
            f"the stored photograph {path} is damaged ({error}); remove that file and run the same "
            "command again: it is copied anew from the data, and training goes on",
        ) from None
