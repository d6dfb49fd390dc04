"""What the streams hold, row by row; Ray Data itself runs in tests/ray_local."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import ray.data
from numpy.typing import NDArray

from cluster.storage import Layout
from models.images import ImageError
from models.labels import CLASS_NAMES
from models.leaf_drawing import draw_leaf, encode_jpeg
from train_jobs.augment import Augmentation, AugmentationConfig
from train_jobs.epoch import TrainRow
from train_jobs.images_pipeline import (
    create_eval_dataset,
    decode_and_augment,
    to_table,
    to_train_columns,
)
from train_jobs.manifest import Sample

Batch = dict[str, NDArray[Any]]


class FakeDataset:
    """Stands for Ray Data: applies the function to all rows at once, in their order."""

    def __init__(self, table: pa.Table) -> None:
        self.batch: Batch = {
            name: np.asarray(table[name].to_pylist()) for name in table.schema.names
        }

    def repartition(self, **_: int) -> "FakeDataset":
        return self

    def map_batches(self, function: Callable[[Batch], Batch], **_: int) -> "FakeDataset":
        self.batch = function(self.batch)
        return self


class FakeAugmentation(Augmentation):
    """Takes the leaf out of every photograph on a sheet."""

    def __call__(self, image: NDArray[np.uint8], *, has_sheet: bool) -> tuple[NDArray, bool]:
        return image[:32, :32], not has_sheet


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A home with three stored leaves, named 1, 2, 3."""
    layout = Layout(home=tmp_path)
    for number in (1, 2, 3):
        path = layout.image_path(f"{number:064x}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_jpeg(draw_leaf(number, size_px=40 + 8 * number)))
    return layout


@pytest.fixture
def ray_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray.data, "from_arrow", FakeDataset)


def sample(number: int, class_name: str) -> Sample:
    return Sample(
        sha256=f"{number:064x}",
        path="as it was given",
        class_name=class_name,
        group_id=f"leaf{number}",
        split="val",
        source="lab",
    )


def read_batch(dataset: object) -> Batch:
    assert isinstance(dataset, FakeDataset)
    return dataset.batch


def test_a_row_names_the_stored_image_and_the_models_class(layout: Layout) -> None:
    table = to_table(layout, [sample(2, CLASS_NAMES[37]), sample(1, CLASS_NAMES[0])])
    assert table.to_pylist() == [
        {"path": str(layout.image_path(f"{2:064x}")), "class_idx": 37, "row": 0},
        {"path": str(layout.image_path(f"{1:064x}")), "class_idx": 0, "row": 1},
    ]


def test_scenes_and_photographs_whose_leaf_was_taken_out_are_strangers(layout: Layout) -> None:
    rows = [
        TrainRow(sha256=f"{1:064x}", class_name=CLASS_NAMES[5], has_sheet=False),
        TrainRow(sha256=f"{2:064x}", class_name=CLASS_NAMES[5], has_sheet=True),
        TrainRow(sha256=f"{3:064x}", class_name=None, has_sheet=False),
    ]
    augment = FakeAugmentation(AugmentationConfig(size_px=32))
    batch = decode_and_augment(to_train_columns(layout, rows), augment)
    assert batch["class_idx_b"].tolist() == [5, -1, -1]
    assert batch["image_bhwc"].shape == (3, 32, 32, 3)
    assert batch["image_bhwc"].dtype == np.uint8


@pytest.mark.usefixtures("ray_data")
def test_images_to_judge_by_are_resized_and_know_their_row(layout: Layout) -> None:
    samples = [sample(3, CLASS_NAMES[7]), sample(1, CLASS_NAMES[9])]
    batch = read_batch(create_eval_dataset(layout, samples, size_px=64))
    assert batch["image_bhwc"].shape == (2, 64, 64, 3)
    assert batch["class_idx_b"].tolist() == [7, 9]
    assert batch["row_b"].tolist() == [0, 1]
    assert np.abs(batch["image_bhwc"][0].astype(int) - draw_leaf(3, size_px=64)).mean() < 30


@pytest.mark.usefixtures("ray_data")
def test_a_damaged_image_is_named_with_what_to_do(layout: Layout) -> None:
    path = layout.image_path(f"{1:064x}")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ImageError, match="run the same command again") as caught:
        create_eval_dataset(layout, [sample(1, CLASS_NAMES[0])], size_px=64)
    assert str(path) in str(caught.value)
    assert caught.value.code == "truncated"
