"""The photo as large as its card allows, the evidence over it, and its name below."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.diagnose import events, heat_events
from gui.diagnose.heat import HeatStatus
from gui.diagnose.photos import PhotoStatus
from gui.diagnose.state import DiagnoseState
from gui.diagnose.widgets.picture import Picture
from gui.diagnose.words import say_caption
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.textures import Slot
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.mark import add_mark
from gui.kit.widgets.placing import elide, place_centred

_PADDING = 16
_CAPTION = 26
_MARK = 110
# A card that is lower has room for words alone.
_MIN_MARK_HEIGHT = 240
_SLIDER = 110
# Beside the slider of a narrow card there is no room for words.
_MIN_CAPTION = 120
_WELCOME = "Show me a leaf"
_WELCOME_HOW = (
    "Press Ctrl+O to choose photos, or paste a path above and press Enter. "
    "One leaf, close up and in daylight, works best."
)
_NOT_SHOWN = "No picture to show"


class PhotoCard:
    """Built once; textures are uploaded only when another photo or heat map comes."""

    def __init__(
        self,
        post: Callable[[events.Event], None],
        photo_slot: Slot,
        heat_slot: Slot,
        kit: Toolkit[events.Event],
    ) -> None:
        """Build the parts inside the open container."""
        self._fonts = kit.fonts
        self._scale = kit.scale
        with dpg.child_window(border=True, no_scrollbar=True) as self.root:
            self._mark = add_mark(_MARK * kit.scale, tones.LEAF_PALE, tones.CARD)
            self._photo = Picture(photo_slot, "photo")
            self._heat = Picture(heat_slot, "heat")
            self._caption = dpg.add_text("", pos=(0, 0), color=tones.MUTED, show=False)
            self._slider = dpg.add_slider_float(
                min_value=0.0,
                max_value=1.0,
                format="",
                width=kit.px(_SLIDER),
                pos=(0, 0),
                show=False,
                tag="opacity",
                callback=lambda _, opacity: post(heat_events.OpacityChanged(opacity=opacity)),
            )
            self._title = dpg.add_text("", pos=(0, 0), color=tones.INK)
            self._hint = dpg.add_text("", pos=(0, 0), color=tones.MUTED)
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(self._caption, kit.fonts.small)
        dpg.bind_item_theme(self._slider, kit.themes.slider)
        bind_font(self._slider, kit.fonts.small)
        bind_font(self._title, kit.fonts.title)

    def show(
        self,
        state: DiagnoseState,
        image: NDArray[np.uint8] | None,
        heat_image: NDArray[np.uint8] | None,
        area: Area,
    ) -> None:
        """Show the selected photo, the empty state, or that it is still being read."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        photo = state.shown
        has_image = photo is not None and image is not None
        has_heat = has_image and state.heat.is_on and state.heat.status is HeatStatus.READY
        self._photo.show(image if has_image else None, self._measure_box(area))
        self._heat.show(
            heat_image if has_heat else None, self._measure_box(area), opacity=state.heat.opacity
        )
        self._show_caption(state, area, has_slider=has_heat)
        if photo is None:
            title, hint = _WELCOME, _WELCOME_HOW
        elif has_image:
            title, hint = "", ""
        elif photo.status is PhotoStatus.FAILED:
            title, hint = _NOT_SHOWN, ""
        else:
            title, hint = "", "Reading the photo ..."
        self._show_words(title, hint, area)

    def _measure_box(self, area: Area) -> Area:
        padding = round(_PADDING * self._scale)
        return Area(
            x=padding,
            y=padding,
            width=area.width - 2 * padding,
            height=area.height - 2 * padding - round(_CAPTION * self._scale),
            gap=0,
        )

    def _show_caption(self, state: DiagnoseState, area: Area, *, has_slider: bool) -> None:
        photo = state.shown
        dpg.configure_item(self._caption, show=photo is not None)
        dpg.configure_item(self._slider, show=has_slider)
        if photo is None:
            return
        room = area.width - round(2 * _PADDING * self._scale)
        y = area.height - round((_PADDING + 16) * self._scale)
        slider_px = round(_SLIDER * self._scale) if has_slider else 0
        caption_px = room - 1.2 * slider_px
        caption = ""
        if caption_px > _MIN_CAPTION * self._scale:
            caption = elide(say_caption(state), caption_px, self._fonts.small)
        dpg.set_value(self._caption, caption)
        if not has_slider:
            place_centred(self._caption, caption, self._fonts.small, area.width, y)
            return
        left = round(_PADDING * self._scale)
        dpg.set_item_pos(self._caption, [left, y])
        dpg.set_item_pos(self._slider, [area.width - left - slider_px, y])
        if not dpg.is_item_active(self._slider):
            dpg.set_value(self._slider, state.heat.opacity)

    def _show_words(self, title: str, hint: str, area: Area) -> None:
        dpg.set_value(self._title, title)
        dpg.set_value(self._hint, hint)
        has_mark = bool(title) and area.height >= _MIN_MARK_HEIGHT * self._scale
        below = _MARK // 2 - 10 if has_mark or not title else 10
        middle = area.height // 2 + round(below * self._scale)
        dpg.configure_item(self._mark, show=has_mark)
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
