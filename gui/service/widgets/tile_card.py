"""One figure on a card of its own."""

from typing import Any

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide
from gui.service.words import Tile

_PADDING = 14


class TileCard:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[Any], *, tag: str) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        px = kit.px
        with dpg.child_window(border=True, no_scrollbar=True, tag=tag) as self.root:
            self._label = dpg.add_text("", pos=(px(_PADDING), px(10)), color=tones.MUTED)
            self._value = dpg.add_text("", pos=(px(_PADDING), px(30)))
            self._note = dpg.add_text("", pos=(px(_PADDING), px(64)), color=tones.MUTED)
        dpg.bind_item_theme(self.root, kit.themes.card)
        for item, font in (
            (self._label, kit.fonts.small),
            (self._value, kit.fonts.headline),
            (self._note, kit.fonts.small),
        ):
            bind_font(item, font)

    def show(self, tile: Tile | None, area: Area) -> None:
        """Place it and show its figure; hide it without one."""
        dpg.configure_item(self.root, show=tile is not None)
        if tile is None:
            return
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        room = area.width - 2 * self._kit.px(_PADDING)
        dpg.set_value(self._label, elide(tile.label, room, self._kit.fonts.small))
        dpg.set_value(self._value, tile.value)
        dpg.configure_item(self._value, color=tones.FAILED if tile.is_bad else tones.INK)
        dpg.set_value(self._note, elide(tile.note, room, self._kit.fonts.small))
