"""Photographs that nobody could diagnose: too small, too dark, too blurred.

Measured on a grey copy of at most 256 px on the short side: a replica looks at every photograph.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_SIDE_PX = 256
_BRIGHT_SHARE = 0.05
_REBLUR_PX = 2
_FLAT = 0.1  # Grey levels: a picture without any detail has a sharpness of 1.
# Shrunk by whole pixels to this many times the side at most, then smoothly. Whole pixels alone, or
# a box, leave steps that look like detail: of 200 leaves spoilt by a blur and enlarged to 700 px
# that way 3 were refused, this way 188, and none of the unspoilt ones.
_REDUCING_GAP = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoQuality:
    """What can be said of a photograph without knowing what it shows."""

    side_px: int
    """Its shorter side."""
    brightness: float
    """The luminance that 5 % of its pixels exceed, 0 to 255."""
    sharpness: float
    """How many times the fine detail falls under another blur (Crete et al. 2007): 1 has none."""


def measure_quality(image: NDArray[np.uint8]) -> PhotoQuality:
    """Measure an RGB photograph (height, width, 3)."""
    side_px = min(image.shape[:2])
    grey = Image.fromarray(image).convert("L")
    if side_px > _SIDE_PX:
        share = _SIDE_PX / side_px
        size = (round(grey.width * share), round(grey.height * share))
        grey = grey.resize(size, Image.Resampling.BILINEAR, reducing_gap=_REDUCING_GAP)
    blurred = grey.filter(ImageFilter.GaussianBlur(_REBLUR_PX))
    return PhotoQuality(
        side_px=side_px,
        brightness=_bright_end(grey),
        sharpness=_detail(grey) / _detail(blurred),
    )


def _bright_end(grey: Image.Image) -> float:
    counts = np.cumsum(grey.histogram()[::-1])
    return float(255 - np.searchsorted(counts, _BRIGHT_SHARE * counts[-1]))


def _detail(grey: Image.Image) -> float:
    """Return how much the second derivative (Laplacian) varies, without the rim."""
    levels_hw = np.asarray(grey, np.float32)
    laplacian_hw = levels_hw[:-2, 1:-1] + levels_hw[2:, 1:-1]
    laplacian_hw += levels_hw[1:-1, :-2]
    laplacian_hw += levels_hw[1:-1, 2:]
    laplacian_hw -= 4 * levels_hw[1:-1, 1:-1]
    return float(laplacian_hw.std()) + _FLAT
