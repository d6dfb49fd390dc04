"""Leaf groups, splits and versions."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train_jobs.manifest import (
    ManifestError,
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


def sample(number: int, class_name: str = "apple__healthy", **changes: str) -> Sample:
    made = Sample(
        sha256=f"{number:064x}",
        path=f"photo{number}.jpg",
        class_name=class_name,
        group_id=f"leaf{number}",
        split="train",
        source="lab",
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    "copy", ["ab12___RS_HL 123_90deg", "ab12___RS_HL 123_new30degFlipLR", "ab12___RS_HL 123_flipTB"]
)
def test_augmented_copies_are_one_leaf(copy: str) -> None:
    original = to_group_id("ab12___RS_HL 123", "apple__healthy")
    assert to_group_id(copy, "apple__healthy") == original
    assert to_group_id("ab12___RS_HL 124", "apple__healthy") != original


def test_copies_are_kept_once_and_conflicts_not_at_all() -> None:
    same = "f" * 64
    kept, rejected = resolve_duplicates(
        [
            sample(1),
            sample(2, sha256=sample(1).sha256),
            sample(3, sha256=same),
            sample(4, "apple__apple_scab", sha256=same),
        ]
    )
    assert [item.path for item in kept] == ["photo1.jpg"]
    assert sorted(item.code for item in rejected) == [
        "conflicting_labels",
        "conflicting_labels",
        "duplicate",
    ]


def test_a_leaf_of_the_training_part_is_no_validation_leaf() -> None:
    samples = [sample(1), sample(2, split="val", group_id="leaf1"), sample(3, split="val")]
    leaked = find_leaked(samples)
    kept, rejected = reject_leaked(samples, leaked)
    assert [item.path for item in kept] == ["photo1.jpg", "photo3.jpg"]
    assert [item.code for item in rejected] == ["leaf_in_train"]


def test_a_split_by_photo_is_told_from_a_slip() -> None:
    val = [sample(number, split="val") for number in range(100)]
    slip = [sample(200, group_id="leaf0")]
    assert not is_split_by_photo(val + slip, find_leaked(val + slip))
    many = [sample(200 + number, group_id=f"leaf{number}") for number in range(62)]
    assert is_split_by_photo(val + many, find_leaked(val + many))


def test_a_validation_leaf_with_augmented_copies_is_judged_once() -> None:
    changes = {"split": "val", "group_id": "leaf"}
    kept, rejected = reject_val_copies(
        [
            sample(1, path="a_90deg.JPG", **changes),
            sample(2, path="a.JPG", **changes),
            sample(3, path="a_flipLR.JPG", **changes),
            sample(4, path="b_flipLR.JPG", split="val"),
            sample(5, path="c_flipLR.JPG"),
        ]
    )
    assert [item.path for item in kept] == ["a.JPG", "b_flipLR.JPG", "c_flipLR.JPG"]
    assert [item.code for item in rejected] == ["augmented_copy", "augmented_copy"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=80),
    st.integers(0, 5),
)
def test_splits_never_part_a_leaf_and_leave_every_class_to_train(
    drawn: list[tuple[int, int]], seed: int
) -> None:
    samples = [
        # Near duplicates may join photographs of two classes into one leaf.
        sample(index, f"class{class_idx}", group_id=f"{min(class_idx, 2)}/{group}")
        for index, (class_idx, group) in enumerate(drawn)
    ]
    split = assign_splits(samples, held_out="val", held_out_fraction=0.2, seed=seed)
    sides: dict[str, set[str]] = {}
    for item in split:
        sides.setdefault(item.group_id, set()).add(item.split)
    assert all(len(side) == 1 for side in sides.values())
    assert {item.class_name for item in split if item.split == "train"} == {
        item.class_name for item in samples
    }


def test_nothing_to_learn_is_said() -> None:
    with pytest.raises(ManifestError, match="at least two classes"):
        check_trainable([sample(1), sample(2, split="val")])
    with pytest.raises(ManifestError, match="no photograph is left for validation"):
        check_trainable([sample(1), sample(2, "apple__apple_scab")])


def test_version_follows_content_not_order_or_place() -> None:
    first, second = sample(1), sample(2)
    version = to_dataset_version([first, second])
    assert version == to_dataset_version([second, replace(first, path="elsewhere.jpg")])
    assert version != to_dataset_version([first, replace(second, class_name="apple__black_rot")])
