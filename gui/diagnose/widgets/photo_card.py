"""The photo as large as its card allows, with its name below."""

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.diagnose.state import DiagnoseState, PhotoStatus
from gui.kit import tones
from gui.kit.layout import Area, fit
from gui.kit.textures import Slot
from gui.kit.theme import Fonts, Themes, bind_font
from gui.kit.widgets.mark import add_mark
from gui.kit.widgets.placing import elide, place_centred

_PADDING = 16
_CAPTION = 26
_MARK = 110
_WELCOME = "Show me a leaf"
_WELCOME_HOW = (
    "Press Ctrl+O to choose photos, or paste a path above and press Enter. "
    "One leaf, close up and in daylight, works best."
)
_NOT_SHOWN = "This file cannot be shown"


class PhotoCard:
    """Built once; the texture is uploaded only when another photo comes."""

    def __init__(self, slot: Slot, fonts: Fonts, themes: Themes, scale: float) -> None:
        """Build the parts inside the open container."""
        self._slot = slot
        self._fonts = fonts
        self._scale = scale
        self._shown: NDArray[np.uint8] | None = None
        self._uv: tuple[float, float] = (1.0, 1.0)
        with dpg.child_window(border=True, no_scrollbar=True) as self.root:
            self._mark = add_mark(_MARK * scale, tones.LEAF_PALE, tones.CARD)
            self._image = dpg.add_image(slot.tag, pos=(0, 0), show=False, tag="photo")
            self._caption = dpg.add_text("", pos=(0, 0), color=tones.MUTED, show=False)
            self._title = dpg.add_text("", pos=(0, 0), color=tones.INK)
            self._hint = dpg.add_text("", pos=(0, 0), color=tones.MUTED)
        dpg.bind_item_theme(self.root, themes.card)
        bind_font(self._caption, fonts.small)
        bind_font(self._title, fonts.title)

    def show(self, state: DiagnoseState, image: NDArray[np.uint8] | None, area: Area) -> None:
        """Show the selected photo, the empty state, or that it is still being read."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        photo = state.selected
        has_image = photo is not None and image is not None
        if has_image:
            self._show_image(image, area)
        dpg.configure_item(self._image, show=has_image)
        dpg.configure_item(self._caption, show=photo is not None)
        if photo is not None:
            room = area.width - round(2 * _PADDING * self._scale)
            name = elide(photo.path.name, room, self._fonts.small)
            dpg.set_value(self._caption, name)
            y = area.height - round((_PADDING + 16) * self._scale)
            place_centred(self._caption, name, self._fonts.small, area.width, y)
        if photo is None:
            title, hint = _WELCOME, _WELCOME_HOW
        elif has_image:
            title, hint = "", ""
        elif photo.status is PhotoStatus.FAILED:
            title, hint = _NOT_SHOWN, ""
        else:
            title, hint = "", "Reading the photo ..."
        self._show_words(title, hint, area)

    def _show_image(self, image: NDArray[np.uint8] | None, area: Area) -> None:
        if image is None:
            return
        if image is not self._shown:
            self._uv = self._slot.show(image)
            self._shown = image
        padding = round(_PADDING * self._scale)
        box_width = area.width - 2 * padding
        box_height = area.height - 2 * padding - round(_CAPTION * self._scale)
        width, height = fit(image.shape[1], image.shape[0], box_width, box_height)
        dpg.configure_item(self._image, width=width, height=height, uv_max=self._uv)
        dpg.set_item_pos(
            self._image,
            [(area.width - width) // 2, padding + (box_height - height) // 2],
        )

    def _show_words(self, title: str, hint: str, area: Area) -> None:
        dpg.set_value(self._title, title)
        dpg.set_value(self._hint, hint)
        middle = area.height // 2 + round((_MARK // 2 - 10) * self._scale)
        dpg.configure_item(self._mark, show=bool(title))
        dpg.set_item_pos(
            self._mark,
            [
                round((area.width - _MARK * self._scale) / 2),
                middle - round((_MARK + 60) * self._scale),
            ],
        )
        place_centred(
            self._title,
            title,
            self._fonts.title,
            area.width,
            middle - round(36 * self._scale),
        )
        wrap = min(round(360 * self._scale), area.width - round(48 * self._scale))
        dpg.configure_item(self._hint, wrap=wrap)
        place_centred(self._hint, hint, self._fonts.body, area.width, middle, wrap_px=wrap)
