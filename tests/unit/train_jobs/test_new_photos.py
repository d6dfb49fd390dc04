"""How new photographs join a data set: no leaf on both sides, nothing twice."""

import dataclasses
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.storage import Layout
from cluster.uploads.values import UploadItem
from models.known_photographs import to_short_hash
from train_jobs.accepted_uploads import to_new_photos
from train_jobs.additions import name_leaves
from train_jobs.manifest import ManifestError
from train_jobs.new_photos import HELD_BACK_FRACTION, Known, NewPhoto, join_data_set, to_samples

NOTHING = Known(trained_on=frozenset(), judged_by=frozenset(), split_by_group={})


def photo(number: int, *, leaf: str | None = None, class_name: str = "apple__healthy") -> NewPhoto:
    return NewPhoto(
        sha256=f"{number:064x}",
        path=f"photo{number}.jpg",
        class_name=class_name,
        group_id=leaf or f"leaf{number}",
    )


def known(**changes) -> Known:
    return dataclasses.replace(NOTHING, **changes)


def test_a_part_of_the_new_leaves_is_set_aside():
    joined, rejections = join_data_set(to_samples(photo(n) for n in range(100)), NOTHING)
    held_back = sum(sample.split == "test" for sample in joined)
    assert held_back == pytest.approx(100 * HELD_BACK_FRACTION, abs=1)
    assert rejections == []


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=60))
def test_no_leaf_stands_on_both_sides(leaves):
    photos = [
        photo(number, leaf=f"{leaf}", class_name=("apple__healthy", "grape__esca", "x")[name])
        for number, (leaf, name) in enumerate(leaves)
    ]
    joined, _ = join_data_set(to_samples(photos), NOTHING)
    splits = defaultdict(set)
    for sample in joined:
        splits[sample.group_id].add(sample.split)
    assert all(len(found) == 1 for found in splits.values())


def test_what_is_known_is_left_out_with_its_reason():
    photos = [photo(n << 200) for n in range(4)]
    joined, rejections = join_data_set(
        to_samples(photos),
        known(
            trained_on=frozenset({to_short_hash(photos[0].sha256)}),
            judged_by=frozenset({photos[1].sha256}),
            split_by_group={photos[2].group_id: "val"},
        ),
    )
    assert [sample.sha256 for sample in joined] == [photos[3].sha256]
    assert {item.path: item.code for item in rejections} == {
        photos[0].path: "trained_on_already",
        photos[1].path: "judges_already",
        photos[2].path: "leaf_judges_already",
    }


def test_another_photograph_of_a_leaf_that_was_learned_from_does_not_judge():
    photos = [photo(n, leaf="known") for n in range(50)]
    joined, _ = join_data_set(to_samples(photos), known(split_by_group={"known": "train"}))
    assert {sample.split for sample in joined} == {"train"}


def test_a_file_name_tells_leaves_apart_within_its_folder_alone():
    folders = [
        to_samples([photo(n + offset, leaf=leaf) for n, leaf in enumerate(("img1", "img1", "m"))])
        for offset in (0, 100)
    ]
    named = Path("photo2.jpg")
    one, other = (name_leaves(samples, is_given={named}) for samples in folders)
    assert one[0].group_id == one[1].group_id
    assert one[0].group_id != other[0].group_id
    assert one[2].group_id == "m"
    assert one == name_leaves(folders[0], is_given={named})


def test_nothing_new_is_an_error_that_says_why():
    seen = photo(1 << 200)
    with pytest.raises(ManifestError, match="trained_on_already"):
        join_data_set(to_samples([seen]), known(trained_on=frozenset({to_short_hash(seen.sha256)})))


def test_accepted_items_become_photographs(tmp_path):
    layout = Layout(home=tmp_path)
    nameless = UploadItem(
        name="leaf.jpg", sha256="ab" * 32, class_name="apple__healthy", is_accepted=True
    )
    (found,) = to_new_photos(layout, [nameless])
    assert found.path == str(layout.image_path(nameless.sha256))
    assert found.group_id == nameless.sha256
