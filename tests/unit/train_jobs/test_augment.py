"""Augmented views: their shape, their chance, and whether the leaf is still there."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from models.leaf_drawing import draw_leaf
from train_jobs.augment import Augmentation, AugmentationConfig, create_transform

RED = (230, 20, 20)


def configure(**changes: float) -> AugmentationConfig:
    """Return a configuration that changes colours and grounds only where asked."""
    fields = {"size_px": 48, "cast_probability": 0.0, "jpeg_probability": 0.0, **changes}
    return AugmentationConfig(**fields)  # type: ignore[arg-type]


def view_leaf(seed: int) -> NDArray[np.uint8]:
    transform = create_transform(configure())
    torch.manual_seed(seed)
    return transform(draw_leaf(0, size_px=96))


def count_red(view: NDArray[np.uint8]) -> int:
    return int(((view[..., 0] > 120) & (view[..., 1:] < 90).all(axis=-1)).sum())


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(draw_leaf(0, size_px=96), id="leaf"),
        pytest.param(np.zeros((64, 64, 3), np.uint8), id="black"),
        pytest.param(np.full((64, 64, 3), 255, np.uint8), id="white"),
        pytest.param(draw_leaf(1, size_px=400)[:24], id="wide"),
        pytest.param(draw_leaf(2, size_px=400)[:, :24], id="tall"),
        pytest.param(draw_leaf(3, size_px=16), id="tiny"),
    ],
)
@pytest.mark.parametrize("kind", ["replace_background_probability", "remove_leaf_probability"])
def test_any_image_becomes_a_square_of_bytes(image: NDArray[np.uint8], kind: str) -> None:
    augment = Augmentation(configure(**{kind: 1.0}, cast_probability=1.0, jpeg_probability=1.0))
    for _ in range(3):
        view, _ = augment(image, has_sheet=True)
        assert view.shape == (48, 48, 3)
        assert view.dtype == np.uint8


def test_a_seed_gives_the_same_view_again_and_another_seed_another() -> None:
    assert (view_leaf(1) == view_leaf(1)).all()
    assert (view_leaf(1) != view_leaf(2)).any()


def test_a_photograph_looks_different_each_time_it_is_shown() -> None:
    augment = Augmentation(configure())
    leaf = draw_leaf(0, size_px=96)
    first, second = (augment(leaf, has_sheet=False)[0] for _ in "ab")
    assert (first != second).any()


def test_the_image_given_is_left_as_it_is() -> None:
    leaf = draw_leaf(0, size_px=96)
    Augmentation(configure(remove_leaf_probability=1.0))(leaf, has_sheet=True)
    assert (leaf == draw_leaf(0, size_px=96)).all()


@pytest.mark.parametrize("changed", ["cast_probability", "jpeg_probability"])
def test_light_and_compression_change_the_view(changed: str) -> None:
    plain, other = Augmentation(configure()), Augmentation(configure(**{changed: 1.0}))
    views = []
    for augment in (plain, other):
        augment(draw_leaf(0, size_px=96), has_sheet=False)
        torch.manual_seed(0)
        views.append(augment(draw_leaf(0, size_px=96), has_sheet=False)[0])
    assert (views[0] != views[1]).any()


def test_a_copy_sent_to_a_worker_draws_by_itself() -> None:
    augment = Augmentation(configure(cast_probability=1.0))
    leaf = draw_leaf(0, size_px=96)
    augment(leaf, has_sheet=False)
    views = []
    for copied in (copy.deepcopy(augment), copy.deepcopy(augment)):
        copied(leaf, has_sheet=False)
        torch.manual_seed(0)
        views.append(copied(leaf, has_sheet=False)[0])
    assert (views[0] != views[1]).any()


def test_a_leaf_that_was_taken_out_is_told() -> None:
    augment = Augmentation(configure(remove_leaf_probability=1.0))
    leaf = draw_leaf(0, size_px=96)
    assert augment(leaf, has_sheet=True)[1] is False
    assert augment(leaf, has_sheet=False)[1] is True


def test_a_photograph_without_a_mask_keeps_its_leaf() -> None:
    augment = Augmentation(configure(remove_leaf_probability=1.0))
    assert augment(np.full((64, 64, 3), 90, np.uint8), has_sheet=True)[1] is True


@pytest.mark.parametrize(("has_sheet", "is_replaced"), [(True, True), (False, False)])
def test_a_scene_comes_behind_a_leaf_that_lay_on_a_sheet(
    tmp_path: Path, has_sheet: bool, is_replaced: bool
) -> None:
    Image.new("RGB", (400, 300), RED).save(tmp_path / "scene.png")
    config = configure(replace_background_probability=1.0)
    augment = Augmentation(config, scenes=(tmp_path / "scene.png",))
    leaf = draw_leaf(0, size_px=96)
    # A third of the grounds are plain sheets: 25 views without a scene happen once in 10^11.
    views = [augment(leaf, has_sheet=has_sheet) for _ in range(25)]
    assert all(has_leaf for _, has_leaf in views)
    assert any(count_red(view) > 300 for view, _ in views) is is_replaced


def test_blur_smooths_a_view_when_its_probability_says_so() -> None:
    def mean_sharpness(blur_probability: float) -> float:
        transform = create_transform(configure(blur_probability=blur_probability))
        torch.manual_seed(0)
        views = [transform(draw_leaf(0, size_px=96)).astype(float) for _ in range(24)]
        return float(np.mean([np.abs(np.diff(view, axis=0)).mean() for view in views]))

    assert mean_sharpness(1.0) < 0.8 * mean_sharpness(0.0)
