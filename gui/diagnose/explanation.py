"""Why an answer was given, as a picture: the evidence laid over the photo.

Runs on workers, because of what it imports.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gui.diagnose.answers import Reference
from models.explain import overlay
from models.labels import UnknownLabelError, get_label


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """``heat`` is (H, W, 3) uint8: the photo for the screen with the evidence laid over it."""

    heat: NDArray[np.uint8]
    references: tuple[Reference, ...]


def paint_heat(large: NDArray[np.uint8], activation_hw: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the photo for the screen with an activation map in [0, 1] laid over it."""
    return overlay(large, activation_hw)


def sharpen_heat(
    large: NDArray[np.uint8], image: NDArray[np.uint8], heat_map: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return the photo for the screen with what ``heat_map`` adds to the photo.

    A server sends the photo with the evidence in it, scaled down to spare the connection. What it
    changed of the small photo, scaled up, changes the large one and leaves its details.
    """
    size_px = large.shape[1], large.shape[0]
    small = Image.fromarray(image)
    small.thumbnail((max(heat_map.shape), max(heat_map.shape)))
    if small.size != heat_map.shape[1::-1]:
        return np.asarray(Image.fromarray(heat_map).resize(size_px))
    change = heat_map.astype(np.float32) - np.asarray(small, dtype=np.float32)
    channels = [
        np.asarray(Image.fromarray(change[..., idx]).resize(size_px, Image.Resampling.BILINEAR))
        for idx in range(3)
    ]
    sharp = np.clip(large + np.stack(channels, axis=2), 0, 255)
    return np.asarray(sharp.astype(np.uint8))


def to_reference(class_name: str, similarity: float, sha256: str | None) -> Reference:
    """Return a reference by its class; one that only a newer server knows keeps its own name."""
    try:
        display_name = get_label(class_name).display_name
    except UnknownLabelError:
        display_name = class_name
    return Reference(display_name=display_name, similarity=similarity, sha256=sha256)
