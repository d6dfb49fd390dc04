"""One photograph under two file hashes is found; two photographs are not taken for one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.leaf_drawing import draw_leaf
from models.near_duplicates import find_near_duplicates
from train_jobs.manifest import Sample
from train_jobs.near_duplicates import hash_images, join_near_duplicates


def draw_photograph(seed: int, *, size_px: int = 128) -> NDArray[np.uint8]:
    """Draw a leaf in uneven light, as all photographs are; even noise alone hashes by chance."""
    spots = np.random.default_rng(seed).integers(0, 60, (9, 9), dtype=np.uint8)
    light = Image.fromarray(spots).resize((size_px, size_px), Image.Resampling.BICUBIC)
    dimmed = draw_leaf(seed, size_px=size_px) // 4 * 3
    lit: NDArray[np.uint8] = dimmed + np.asarray(light)[..., None]
    return lit


def save(path: Path, image: NDArray[np.uint8], **options: Any) -> Path:
    Image.fromarray(image).save(path, **options)
    return path


def find_pairs(*paths: Path) -> list[tuple[int, int]]:
    return list(find_near_duplicates(*hash_images(paths)))


def sample(number: int, class_name: str = "apple__healthy") -> Sample:
    return Sample(
        sha256=f"{number:064x}",
        path=f"photo{number}.jpg",
        class_name=class_name,
        group_id=f"leaf{number}",
        split="train",
        source="lab",
    )


@pytest.mark.parametrize(
    ("name", "side_px", "options"),
    [
        ("worse.jpg", 128, {"quality": 35}),
        ("smaller.jpg", 90, {"quality": 80}),
        ("larger.png", 200, {}),
        ("other_format.webp", 128, {"quality": 60}),
    ],
)
def test_a_copy_that_was_saved_anew_is_found(
    tmp_path: Path, name: str, side_px: int, options: dict[str, int]
) -> None:
    original = draw_photograph(3)
    resized = np.asarray(Image.fromarray(original).resize((side_px, side_px)))
    pairs = find_pairs(
        save(tmp_path / "other.jpg", draw_photograph(4)),
        save(tmp_path / "original.jpg", original, quality=90),
        save(tmp_path / name, resized, **options),
    )
    assert pairs == [(1, 2)]


def test_leaves_of_one_class_are_no_copies(tmp_path: Path) -> None:
    drawn = [draw_leaf(seed, size_px=96, class_idx=0) for seed in range(12)]
    paths = [save(tmp_path / f"{number}.jpg", image) for number, image in enumerate(drawn)]
    assert find_pairs(*paths) == []


def test_a_picture_without_detail_has_no_hash(tmp_path: Path) -> None:
    black = np.zeros((64, 64, 3), np.uint8)
    brighter_to_the_right = np.broadcast_to(np.arange(64, dtype=np.uint8)[:, None], (64, 64, 3))
    paths = [
        save(tmp_path / "black.jpg", black),
        save(tmp_path / "grey.png", black + np.uint8(120)),
        save(tmp_path / "shade.png", np.ascontiguousarray(brighter_to_the_right)),
        save(tmp_path / "leaf.jpg", draw_leaf(1, size_px=64)),
    ]
    assert hash_images(paths)[1].tolist() == [False, False, False, True]
    assert find_pairs(*paths) == []


def test_a_file_that_is_no_photograph_has_no_hash(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photograph")
    save(tmp_path / "leaf.jpg", draw_leaf(1, size_px=64))
    cut_off = tmp_path / "cut_off.jpg"
    cut_off.write_bytes((tmp_path / "leaf.jpg").read_bytes()[:400])
    paths = [tmp_path / "text.jpg", cut_off, tmp_path / "gone.jpg"]
    assert hash_images(paths)[1].tolist() == [False] * 3


def test_no_photographs_have_no_copies() -> None:
    assert find_pairs() == []


def test_copies_are_found_across_blocks_and_up_to_24_bits_away() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**64, (300, 4), dtype=np.uint64)
    hashes[290] = hashes[5]
    hashes[290, 0] ^= np.uint64(2**24 - 1)
    hashes[291] = hashes[7]
    hashes[291, 0] ^= np.uint64(2**25 - 1)
    hashes[292] = hashes[9]
    hashes[280] = hashes[200]
    is_hashed = np.arange(300) != 292
    assert sorted(find_near_duplicates(hashes, is_hashed)) == [(5, 290), (200, 280)]
    assert sorted(find_near_duplicates(hashes, is_hashed, first_new=281)) == [(5, 290)]


def test_a_chain_of_copies_becomes_one_leaf() -> None:
    samples = [sample(number) for number in range(5)]
    joined, conflicts = join_near_duplicates(samples, [(3, 4), (0, 3), (1, 4)])
    groups = [item.group_id for item in joined]
    assert groups == ["leaf0", "leaf0", "leaf2", "leaf0", "leaf0"]
    assert conflicts == []


def test_copies_with_two_labels_are_reported_and_stay_together() -> None:
    samples = [sample(0), sample(1, "apple__apple_scab")]
    joined, conflicts = join_near_duplicates(samples, [(0, 1)])
    assert [(one.path, other.path) for one, other in conflicts] == [("photo0.jpg", "photo1.jpg")]
    assert len({item.group_id for item in joined}) == 1
