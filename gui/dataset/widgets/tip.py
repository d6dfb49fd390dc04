"""What is told beside the pointer, with the photographs that it is about."""

from collections.abc import Sequence

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.dataset.thumbnails import THUMBNAIL_SIDE_PX
from gui.kit import tones
from gui.kit.textures import Slot, TextureYard
from gui.kit.theme import Fonts, Themes, bind_font
from gui.kit.widgets.placing import measure_text

NUM_PHOTOS = 2
_PADDING = 14
_GAP = 8
_OFFSET = 18


def create_tip_slots(yard: TextureYard) -> tuple[Slot, ...]:
    """Make the textures of the photographs of a tip."""
    return tuple(yard.add_slot(THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX) for _ in range(NUM_PHOTOS))


class Tip:
    """A part of the page, so that it goes with it; lies above what was built before."""

    def __init__(self, slots: Sequence[Slot], fonts: Fonts, themes: Themes, scale: float) -> None:
        """Build it inside the open container, hidden."""
        self._slots = slots
        self._font = fonts.small
        self._scale = scale
        self._shown: list[NDArray[np.uint8] | None] = [None] * len(slots)
        with dpg.child_window(border=True, no_scrollbar=True, show=False, tag="tip") as self.root:
            self._text = dpg.add_text("", pos=(0, 0), color=tones.INK, tag="tip_text")
            self._images = [dpg.add_image(slot.tag, pos=(0, 0), show=False) for slot in slots]
        dpg.bind_item_theme(self.root, themes.card)
        bind_font(self._text, fonts.small)

    def hide(self) -> None:
        """Put it away."""
        dpg.configure_item(self.root, show=False)

    def show(
        self,
        text: str,
        photos: Sequence[NDArray[np.uint8]],
        *,
        pointer_px: tuple[int, int],
        room_px: tuple[int, int],
    ) -> None:
        """Say ``text`` beside the pointer, within ``room_px`` of the container."""
        dpg.configure_item(self.root, show=True)
        padding, gap = round(_PADDING * self._scale), round(_GAP * self._scale)
        photos = photos[: len(self._images)]
        x = padding
        top = padding
        for idx, image in enumerate(self._images):
            dpg.configure_item(image, show=idx < len(photos))
            if idx >= len(photos):
                continue
            width, height = self._show_photo(idx, photos[idx])
            dpg.set_item_pos(image, [x, padding])
            x += width + gap
            top = max(top, padding + height + gap)
        text_width, text_height = measure_text(text, self._font)
        dpg.set_value(self._text, text)
        dpg.set_item_pos(self._text, [padding, top])
        width = max(round(text_width) + 2 * padding, x - gap + padding)
        height = top + round(text_height) + padding
        dpg.configure_item(self.root, width=width, height=height)
        dpg.set_item_pos(self.root, self._place((width, height), pointer_px, room_px))

    def _show_photo(self, idx: int, photo: NDArray[np.uint8]) -> tuple[int, int]:
        height, width = (round(side * self._scale) for side in photo.shape[:2])
        if photo is not self._shown[idx]:
            uv = self._slots[idx].show(photo)
            dpg.configure_item(self._images[idx], uv_max=uv)
            self._shown[idx] = photo
        dpg.configure_item(self._images[idx], width=width, height=height)
        return width, height

    def _place(
        self, size_px: tuple[int, int], pointer_px: tuple[int, int], room_px: tuple[int, int]
    ) -> list[int]:
        """Return where it lies: below and right of the pointer, else on its other side."""
        offset = round(_OFFSET * self._scale)
        place = []
        for pointer, size, room in zip(pointer_px, size_px, room_px, strict=True):
            after = pointer + offset
            before = pointer - offset - size
            place.append(after if after + size <= room else max(0, before))
        return place
