"""Photographs that nobody could diagnose: too small, too dark, too blurred.

Measured on a grey copy of at most 256 px on the short side, by Pillow's own filters: a replica
looks at every photograph.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_SIDE_PX = 256
_BRIGHT_SHARE = 0.05
_REBLUR_PX = 2
_FLAT = 0.1  # Grey levels: a picture without any detail has a sharpness of 1.
# The offset keeps both signs of the second derivative within 8 bits.
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


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
    grey = Image.fromarray(image).reduce(max(1, side_px // _SIDE_PX)).convert("L")
    if min(grey.size) > _SIDE_PX:
        share = _SIDE_PX / min(grey.size)
        size = (round(grey.width * share), round(grey.height * share))
        grey = grey.resize(size, Image.Resampling.BOX)
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
    # The rim is dropped: Pillow's kernels leave it as it was.
    detail = np.asarray(grey.filter(_LAPLACIAN), np.float32)[1:-1, 1:-1]
    return float(detail.std()) + _FLAT
