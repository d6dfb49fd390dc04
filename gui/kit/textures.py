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
# A change is uploaded by the second frame after it; one more, so that none is lost.
_NUM_UPLOADING_FRAMES = 3


class TextureYard:
    """Where textures lie: those that changed lately in a registry, all others at rest.

    Dear PyGui 2.3.1 uploads every dynamic texture of a registry with every frame, changed or not:
    three of 896 px cost 7 ms of a frame's 9 without a graphics card. What lies in a stage is shown
    as it was, and is not uploaded.
    """

    def __init__(self) -> None:
        """Make both places, empty."""
        self._registry = dpg.add_texture_registry()
        self._stage = dpg.add_stage()
        # By texture the frame that finds it uploaded. A minimised window draws none.
        self._due_frames: dict[int | str, int] = {}

    def add_slot(self, width_px: int, height_px: int) -> "Slot":
        """Make a texture, empty."""
        values = array("f", bytes(width_px * height_px * _NUM_CHANNELS * 4))
        tag = dpg.add_dynamic_texture(width_px, height_px, values, parent=self._registry)
        self._expect(tag)
        return Slot(tag=tag, width_px=width_px, height_px=height_px, yard=self)

    def change(self, tag: int | str, values: "array[float]") -> None:
        """Give a texture other pixels: the next frames upload them."""
        if tag not in self._due_frames:
            dpg.move_item(tag, parent=self._registry)
        self._expect(tag)
        dpg.set_value(tag, values)

    def settle(self) -> None:
        """Let rest what was uploaded; called after each frame."""
        frame = dpg.get_frame_count()
        for tag in [tag for tag, due_frame in self._due_frames.items() if frame >= due_frame]:
            del self._due_frames[tag]
            dpg.move_item(tag, parent=self._stage)

    def _expect(self, tag: int | str) -> None:
        self._due_frames[tag] = dpg.get_frame_count() + _NUM_UPLOADING_FRAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One texture of fixed size."""

    tag: int | str
    width_px: int
    height_px: int
    yard: TextureYard

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
        self.yard.change(self.tag, values)
        return width_px / self.width_px, height_px / self.height_px
