"""Leaves on other grounds, and grounds without their leaf."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from train_jobs.backgrounds import draw_background, remove_leaf, replace_background

GREEN, SHEET, WATER = (40, 160, 30), (200, 200, 200), (20, 40, 220)


def draw_ellipse(height_px: int, width_px: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Draw a green ellipse on a plain sheet; return it with its mask."""
    y, x = np.ogrid[0:height_px, 0:width_px]
    leaf = ((y / height_px - 0.5) / 0.3) ** 2 + ((x / width_px - 0.5) / 0.2) ** 2 < 1
    return np.where(leaf[..., None], GREEN, SHEET).astype(np.uint8), leaf


def fill(size_px: tuple[int, int], colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((*size_px, 3), colour, np.uint8)


def share_of(image: NDArray[np.uint8], colour: tuple[int, int, int]) -> float:
    """Return the share of the pixels that have nearly this colour."""
    return float((np.abs(image.astype(int) - colour).max(axis=-1) < 12).mean())


@pytest.mark.parametrize("seed", range(5))
def test_the_leaf_stays_and_the_sheet_goes(seed: int) -> None:
    image, leaf = draw_ellipse(160, 160)
    ground = fill((160, 160), WATER)
    changed = replace_background(image, leaf, ground, np.random.default_rng(seed))
    assert changed.shape == image.shape
    assert share_of(changed, GREEN) > 0.06
    assert share_of(changed, WATER) > 0.1
    assert share_of(changed, SHEET) < 0.01
    assert share_of(changed, GREEN) + share_of(changed, WATER) > 0.85  # the rest: a soft edge


def test_the_leaf_is_laid_elsewhere_each_time() -> None:
    image, leaf = draw_ellipse(100, 100)
    rng = np.random.default_rng(0)
    first, second = (replace_background(image, leaf, fill((100, 100), WATER), rng) for _ in "ab")
    assert (first != second).any()


@pytest.mark.parametrize("size_px", [(40, 200), (200, 40), (16, 16)])
def test_odd_frames_keep_their_size(size_px: tuple[int, int]) -> None:
    image, leaf = draw_ellipse(*size_px)
    for seed in range(20):
        changed = replace_background(image, leaf, fill(size_px, WATER), np.random.default_rng(seed))
        assert changed.shape == (*size_px, 3)
        assert share_of(changed, GREEN) > 0


def test_the_images_given_are_left_as_they_are() -> None:
    image, leaf = draw_ellipse(80, 80)
    ground = fill((80, 80), WATER)
    replace_background(image, leaf, ground, np.random.default_rng(0))
    remove_leaf(image, leaf)
    assert (image == draw_ellipse(80, 80)[0]).all()
    assert (ground == WATER).all()


def test_removing_the_leaf_removes_its_colour_and_nothing_far_from_it() -> None:
    image, leaf = draw_ellipse(160, 160)
    image[:4] = WATER  # a mark at the rim
    emptied = remove_leaf(image, leaf)
    assert share_of(emptied, GREEN) == 0
    assert share_of(emptied[leaf], SHEET) == 1
    assert (emptied[:4] == WATER).all()


def test_the_rim_that_a_mask_misses_goes_with_the_leaf() -> None:
    image, leaf = draw_ellipse(160, 160)
    inner = ndimage.binary_erosion(leaf, iterations=5)
    assert share_of(remove_leaf(image, inner), GREEN) == 0


def test_a_leaf_that_fills_the_frame_leaves_one_colour() -> None:
    image, _ = draw_ellipse(40, 60)
    emptied = remove_leaf(image, np.ones((40, 60), bool))
    assert emptied.shape == image.shape
    assert len(np.unique(emptied.reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("scene_size_px", [None, (90, 140), (16, 16)])
def test_a_ground_has_the_size_that_was_asked(scene_size_px: tuple[int, int] | None) -> None:
    scene = None if scene_size_px is None else fill(scene_size_px, WATER)
    for seed in range(8):
        ground = draw_background(np.random.default_rng(seed), scene, (50, 70))
        assert ground.shape == (50, 70, 3)
        assert ground.dtype == np.uint8


def test_grounds_are_pieces_of_the_scene_or_plain_sheets() -> None:
    scene = fill((90, 140), WATER)
    rng = np.random.default_rng(0)
    is_scene = [share_of(draw_background(rng, scene, (32, 32)), WATER) == 1 for _ in range(60)]
    assert 0.45 < np.mean(is_scene) < 0.85


def test_a_seed_draws_the_same_ground_again() -> None:
    first, again, other = (
        draw_background(np.random.default_rng(seed), None, (40, 40)) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
