"""Textures of fixed size: never deleted, never larger than asked for here.

Deleting a texture that is shown, or one wider than the graphics card allows, crashes Dear PyGui
(issues 554, 2159, 2219 of hoffstadt/DearPyGui); so photos are shrunk before and slots reused.
"""

from array import array
from dataclasses import dataclass

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

_NUM_CHANNELS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One texture of fixed size."""

    tag: int | str
    width_px: int
    height_px: int

    def show(self, image: NDArray[np.uint8]) -> tuple[float, float]:
        """Upload an (H, W, 3) image that fits; return the (u, v) of its lower right corner."""
        height_px, width_px = image.shape[:2]
        canvas = np.zeros((self.height_px, self.width_px, _NUM_CHANNELS), dtype=np.float32)
        canvas[:height_px, :width_px, :3] = image
        canvas[:height_px, :width_px] /= 255.0
        canvas[:height_px, :width_px, 3] = 1.0
        # One pixel more on each side, so that smooth scaling does not mix in the empty rest.
        canvas[height_px : height_px + 1, :width_px] = canvas[height_px - 1, :width_px]
        canvas[: height_px + 1, width_px : width_px + 1] = canvas[
            : height_px + 1, width_px - 1 : width_px
        ]
        # An array.array is taken over twice as fast as a list or a numpy array.
        values = array("f")
        values.frombytes(canvas.tobytes())
        dpg.set_value(self.tag, values)
        return width_px / self.width_px, height_px / self.height_px


def create_slot(width_px: int, height_px: int) -> Slot:
    """Make a texture, empty, in the open texture registry."""
    values = array("f", bytes(width_px * height_px * _NUM_CHANNELS * 4))
    return Slot(
        tag=dpg.add_dynamic_texture(width_px, height_px, values),
        width_px=width_px,
        height_px=height_px,
    )
