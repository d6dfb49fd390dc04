"""Photos made small enough for the graphics card, on a worker, before they reach a texture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

PREVIEW_SIDE_PX = 896
THUMBNAIL_WIDTH_PX = 112
THUMBNAIL_HEIGHT_PX = 84


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Preview:
    """One photo for the screen: (H, W, 3) uint8, of PREVIEW_SIDE_PX and of thumbnail size."""

    large: NDArray[np.uint8]
    thumbnail: NDArray[np.uint8]


def create_preview(image: NDArray[np.uint8]) -> Preview:
    """Shrink an RGB image to fit; small ones are kept as they are, thumbnails are cut to fill."""
    photo = Image.fromarray(image)
    large = photo.copy()
    # reducing_gap: a 40-megapixel photo shrinks 10 times faster, with no difference to the eye.
    large.thumbnail((PREVIEW_SIDE_PX, PREVIEW_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    thumbnail = ImageOps.fit(
        large, (THUMBNAIL_WIDTH_PX, THUMBNAIL_HEIGHT_PX), Image.Resampling.BILINEAR
    )
    return Preview(large=np.asarray(large), thumbnail=np.asarray(thumbnail))
