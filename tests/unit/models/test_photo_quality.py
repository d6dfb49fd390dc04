"""Photographs that nobody could diagnose are refused, each by its own reason."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from models.artifact import QualityCard
from models.leaf_drawing import draw_leaf
from models.photo_quality import measure_quality
from models.refusal import find_fault

LEAF = draw_leaf(7, size_px=256)


def blur(image, radius_px):
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius_px)))


def find_code(image) -> str | None:
    fault = find_fault(measure_quality(image), QualityCard())
    return fault.code if fault else None


@pytest.mark.parametrize("size_px", [64, 256, 900])
def test_a_sharp_leaf_in_daylight_is_not_refused(size_px: int) -> None:
    assert find_code(draw_leaf(7, size_px=size_px)) is None


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (blur(LEAF, 4), "blurred"),
        (blur(draw_leaf(7, size_px=1024), 16), "blurred"),
        (np.full((300, 200, 3), 200, np.uint8), "blurred"),
        ((LEAF * 0.08).astype(np.uint8), "too_dark"),
        (np.zeros((300, 200, 3), np.uint8), "too_dark"),
        (draw_leaf(7, size_px=63), "too_small"),
    ],
)
def test_what_nobody_could_diagnose_is_refused(image, code: str) -> None:
    assert find_code(image) == code


def test_sharpness_does_not_depend_on_how_many_pixels_the_camera_has() -> None:
    large = np.asarray(Image.fromarray(LEAF).resize((1024, 1024), Image.Resampling.BICUBIC))
    small, enlarged = measure_quality(LEAF), measure_quality(large)
    assert enlarged.sharpness == pytest.approx(small.sharpness, rel=0.35)
    assert enlarged.brightness == pytest.approx(small.brightness, abs=3)


@pytest.mark.parametrize("size_px", [256, 380, 700, 1024, 1600, 3000])
def test_a_blurred_leaf_is_refused_at_every_size(size_px: int) -> None:
    blurred = Image.fromarray(blur(LEAF, 2))
    large = blurred.resize((size_px, size_px), Image.Resampling.BICUBIC)
    assert find_code(np.asarray(large)) == "blurred"


def test_a_refusal_says_what_to_do_and_which_threshold_decided() -> None:
    fault = find_fault(measure_quality(LEAF), QualityCard(min_brightness=255))
    assert fault is not None
    assert fault.threshold == 255
    assert "daylight" in fault.reason
