"""Each change changes the photograph, and only as far as it may."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.leaf_drawing import draw_leaf
from train_jobs.leaf_mask import find_leaf
from train_jobs.robustness import create_changes, keep_background_only

NAMES = {"jpeg_30", "blurred", "rotated", "dark", "background_swapped"}


@pytest.fixture
def scenes(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "meadow.png", tmp_path / "soil.jpg"]
    Image.new("RGB", (80, 60), (10, 40, 220)).save(paths[0])
    Image.new("RGB", (50, 90), (220, 30, 20)).save(paths[1])
    return paths


@pytest.fixture
def leaf() -> NDArray[np.uint8]:
    image = draw_leaf(0, size_px=96)
    assert find_leaf(image) is not None
    return image


def test_the_changes_are_known_by_name(scenes: list[Path]) -> None:
    assert create_changes(scenes, seed=0).keys() == NAMES
    assert create_changes([], seed=0).keys() == NAMES - {"background_swapped"}


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("cut", [slice(None), slice(10, 80)])
def test_a_change_keeps_the_shape_and_changes_the_picture(
    scenes: list[Path], leaf: NDArray[np.uint8], name: str, cut: slice
) -> None:
    before = leaf[cut].copy()
    after = create_changes(scenes, seed=0)[name](before)
    assert after is not None
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert np.abs(after.astype(int) - before).mean() > 1
    assert (before == leaf[cut]).all()


def test_darkness_halves_the_light(leaf: NDArray[np.uint8]) -> None:
    after = create_changes([], seed=0)["dark"](leaf)
    assert after is not None
    assert after.mean() == pytest.approx(leaf.mean() / 2, abs=1)


def test_a_turn_fills_the_corners_with_the_colour_of_the_rim() -> None:
    image = np.full((60, 60, 3), (30, 90, 150), np.uint8)
    after = create_changes([], seed=0)["rotated"](image)
    assert after is not None
    assert (after == image).all()


def test_a_seed_swaps_the_same_backgrounds_again(
    scenes: list[Path], leaf: NDArray[np.uint8]
) -> None:
    first, again, other = (
        create_changes(scenes, seed=seed)["background_swapped"](leaf) for seed in (1, 1, 2)
    )
    assert first is not None
    assert np.array_equal(first, again)  # type: ignore[arg-type]
    assert not np.array_equal(first, other)  # type: ignore[arg-type]


def test_without_its_leaf_a_photograph_shows_the_ground_alone(leaf: NDArray[np.uint8]) -> None:
    mask = find_leaf(leaf)
    emptied = keep_background_only(leaf)
    assert mask is not None
    assert emptied is not None
    ground = leaf[:8].mean(axis=(0, 1))
    assert np.abs(emptied[mask].mean(axis=0) - ground).max() < 20
    assert np.abs(leaf[mask].mean(axis=0) - ground).max() > 40


def test_a_photograph_without_a_clear_leaf_is_left_out(scenes: list[Path]) -> None:
    sheet = np.full((60, 60, 3), 200, np.uint8)
    assert keep_background_only(sheet) is None
    assert create_changes(scenes, seed=0)["background_swapped"](sheet) is None
