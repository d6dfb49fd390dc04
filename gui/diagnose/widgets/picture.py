"""One texture on a card, as large as a box allows."""

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.kit.layout import Area, fit
from gui.kit.textures import Slot


class Picture:
    """Built once; the texture is uploaded only when another picture comes."""

    def __init__(self, slot: Slot, tag: str) -> None:
        """Build it inside the open container, hidden."""
        self._slot = slot
        self._shown: NDArray[np.uint8] | None = None
        self._uv: tuple[float, float] = (1.0, 1.0)
        self._image = dpg.add_image(slot.tag, pos=(0, 0), show=False, tag=tag)

    def show(self, image: NDArray[np.uint8] | None, box: Area, *, opacity: float = 1.0) -> None:
        """Show the picture in the middle of the box, or hide."""
        dpg.configure_item(self._image, show=image is not None)
        if image is None:
            return
        if image is not self._shown:
            self._uv = self._slot.show(image)
            self._shown = image
        width, height = fit(image.shape[1], image.shape[0], box.width, box.height)
        dpg.configure_item(
            self._image,
            width=width,
            height=height,
            uv_max=self._uv,
            tint_color=(255, 255, 255, round(255 * opacity)),
        )
        dpg.set_item_pos(
            self._image, [box.x + (box.width - width) // 2, box.y + (box.height - height) // 2]
        )
