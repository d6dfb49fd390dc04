"""The report beside a manifest: what it counts, and what it says to people."""

import pytest

from train_jobs.data_report import DataReport, create_report
from train_jobs.manifest import Rejection, Sample


def sample(number: int, *, group: int | None = None, **changes: str) -> Sample:
    fields = {
        "sha256": f"{number:064x}",
        "path": f"photo{number}.jpg",
        "class_name": "apple__healthy",
        "group_id": f"leaf{number if group is None else group}",
        "split": "train",
        "source": "lab",
    }
    return Sample(**{**fields, **changes})


SAMPLES = [
    sample(1),
    sample(2, group=1),
    sample(3, split="val"),
    sample(4, class_name="grape__esca"),
    sample(5, class_name="grape__esca", split="test", source="field"),
]


def report(**changes: object) -> DataReport:
    facts: dict[str, object] = {
        "conflicts": [],
        "num_near_duplicates": 0,
        "num_given_val_leaves": 0,
        "num_leaked_val_leaves": 0,
        "is_regrouped": False,
        "num_scenes": 7,
    }
    rejections = [Rejection(path="x", code=code, reason="") for code in ("a", "b", "a")]
    return create_report(SAMPLES, rejections, **{**facts, **changes})  # type: ignore[arg-type]


def test_photographs_are_counted_by_split_source_and_class() -> None:
    counted = report()
    assert counted.num_images == 5
    assert counted.images_by_split == {"train": 3, "val": 1, "test": 1}
    assert counted.images_by_source == {"field": {"test": 1}, "lab": {"train": 3, "val": 1}}
    assert counted.images_by_class == {
        "apple__healthy": {"train": 2, "val": 1},
        "grape__esca": {"train": 1, "test": 1},
    }
    assert counted.rejected_by_code == {"a": 2, "b": 1}


def test_leaves_are_counted_once_however_often_photographed() -> None:
    counted = report()
    assert counted.num_leaves == 4
    assert counted.leaves_by_class == {"apple__healthy": 2, "grape__esca": 2}
    assert counted.leaves_by_group_size == {1: 3, 2: 1}


def test_it_can_be_read_back() -> None:
    written = report(conflicts=[(SAMPLES[0], SAMPLES[3])])
    assert DataReport.model_validate_json(written.model_dump_json()) == written


def test_all_conflicts_are_counted_and_the_first_200_listed() -> None:
    counted = report(conflicts=[(SAMPLES[0], SAMPLES[3])] * 250)
    assert counted.num_label_conflicts == 250
    assert len(counted.label_conflicts) == 200
    assert counted.label_conflicts[0].second_class == "grape__esca"
    assert counted.say()[-1].startswith("250 pairs of near duplicates have two labels")


def test_nothing_odd_is_one_line() -> None:
    assert report().say() == [
        "5 photographs of 4 leaves in 2 classes (3 train, 1 val, 1 test), 7 scenes"
    ]


@pytest.mark.parametrize(
    ("is_regrouped", "done"),
    [(True, "so all leaves were split anew"), (False, "they were taken out")],
)
def test_leaves_on_both_sides_are_said(is_regrouped: bool, done: str) -> None:
    lines = report(num_given_val_leaves=8, num_leaked_val_leaves=5, is_regrouped=is_regrouped).say()
    assert lines[1] == (f"5 of 8 validation leaves (62.5%) also stood in the training part; {done}")
