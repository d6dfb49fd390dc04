"""The mask against leaves whose outline is known, and no mask where no leaf is clear."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.leaf_drawing import draw_leaf
from train_jobs.leaf_mask import find_leaf

GREEN = (70, 130, 50)


def draw_ellipse(
    height_px: int, width_px: int, *, ground: float, radii: tuple[float, float]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Draw a green ellipse on noisy grey; `radii` are shares of height and width."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:height_px, 0:width_px]
    down = (y - 0.52 * height_px) / (radii[0] * height_px)
    across = (x - 0.47 * width_px) / (radii[1] * width_px)
    leaf = down**2 + across**2 < 1
    image = np.where(leaf[..., None], GREEN, (ground, ground, ground))
    noisy = image + rng.normal(0, 6, (height_px, width_px, 1)) + rng.normal(0, 2, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), leaf


def to_iou(mask: NDArray[np.bool_] | None, leaf: NDArray[np.bool_]) -> float:
    assert mask is not None, "no leaf was found"
    return float((mask & leaf).sum() / (mask | leaf).sum())


@pytest.mark.parametrize("ground", [70.0, 130.0, 225.0])
@pytest.mark.parametrize(
    ("size_px", "radii"), [((256, 256), (0.35, 0.25)), ((120, 300), (0.4, 0.2))]
)
def test_the_mask_covers_the_leaf(
    ground: float, size_px: tuple[int, int], radii: tuple[float, float]
) -> None:
    image, leaf = draw_ellipse(*size_px, ground=ground, radii=radii)
    mask = find_leaf(image)
    assert mask is not None
    assert mask.shape == size_px
    assert to_iou(mask, leaf) > 0.93


def test_a_shadow_is_no_leaf() -> None:
    image, leaf = draw_ellipse(256, 256, ground=200, radii=(0.3, 0.2))
    shadow = np.roll(leaf, (12, 45), axis=(0, 1)) & ~leaf
    image[shadow] = image[shadow] // 2
    assert to_iou(find_leaf(image), leaf) > 0.9


def test_a_spot_inside_is_of_the_leaf() -> None:
    image, leaf = draw_ellipse(256, 256, ground=200, radii=(0.35, 0.25))
    image[105:155, 95:145] = 200
    assert to_iou(find_leaf(image), leaf) > 0.93


def test_most_drawn_leaves_have_a_mask_of_their_size() -> None:
    masks = [find_leaf(draw_leaf(seed, size_px=128)) for seed in range(12)]
    shares = [float(mask.mean()) for mask in masks if mask is not None]
    assert len(shares) >= 10
    assert all(0.2 < share < 0.4 for share in shares)


@pytest.mark.parametrize(
    ("ground", "radii"),
    [
        pytest.param(200, (0.0001, 0.0001), id="a sheet alone"),
        pytest.param(200, (0.1, 0.1), id="a leaf far away"),
        pytest.param(200, (1.5, 1.5), id="a leaf that fills the frame"),
        pytest.param(200, (0.4, 1.5), id="a leaf from rim to rim"),
    ],
)
def test_a_photograph_without_a_clear_leaf_has_no_mask(
    ground: float, radii: tuple[float, float]
) -> None:
    image, _ = draw_ellipse(200, 200, ground=ground, radii=radii)
    assert find_leaf(image) is None


def test_a_mottled_ground_has_no_mask() -> None:
    patches = np.random.default_rng(0).integers(0, 255, (10, 10, 3), dtype=np.uint8)
    assert find_leaf(patches.repeat(20, axis=0).repeat(20, axis=1)) is None


@pytest.mark.parametrize("level", [0, 255])
def test_one_colour_has_no_mask(level: int) -> None:
    assert find_leaf(np.full((40, 60, 3), level, np.uint8)) is None
