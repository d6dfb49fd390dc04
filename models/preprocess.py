"""From an RGB array to the network's input: one function for training, serving and desktop."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """What the network expects: a square of `size_px`, colours scaled by `mean` and `std`."""

    size_px: int
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)


def resize_image(image: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """Resize the whole photograph to a square (antialiased, aspect ratio not kept).

    Nothing is cropped away: a lesion at the edge of the photo counts. Training draws crops of
    changing aspect ratio, so a squeezed leaf is familiar to the network.

    Returns:
        Array of shape (size_px, size_px, 3), uint8.
    """
    if image.shape[:2] == (size_px, size_px):
        return image
    resized = Image.fromarray(image).resize(
        (size_px, size_px), Image.Resampling.BILINEAR, reducing_gap=3.0
    )
    return np.asarray(resized)


def normalise_images(
    images_bhwc: NDArray[np.uint8], preprocessing: Preprocessing
) -> NDArray[np.float32]:
    """Scale colours to the network's range.

    Returns:
        Array of shape (batch, 3, height, width), float32, contiguous.
    """
    mean = np.asarray(preprocessing.mean, dtype=np.float32)[:, None, None] * 255
    scale = 1 / (np.asarray(preprocessing.std, dtype=np.float32)[:, None, None] * 255)
    scaled_bchw = np.empty((len(images_bhwc), 3, *images_bhwc.shape[1:3]), np.float32)
    # Straight into the network's order: half the time of scaling first and copying then.
    np.subtract(images_bhwc.transpose(0, 3, 1, 2), mean, out=scaled_bchw)
    scaled_bchw *= scale
    return scaled_bchw


def preprocess_images(
    images: Sequence[NDArray[np.uint8]], preprocessing: Preprocessing
) -> NDArray[np.float32]:
    """Resize and normalise photographs of any size into one batch (batch, 3, size, size)."""
    squares = np.stack([resize_image(image, preprocessing.size_px) for image in images])
    return normalise_images(squares, preprocessing)
