"""What stands in place of the figures when there are none."""

from typing import Any

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.mark import add_mark
from gui.kit.widgets.placing import measure_text, place_centred
from gui.service.words import Notice

_MARK = 96
_WRAP = 420


class NoticeCard:
    """Built once; hidden while there are figures."""

    def __init__(self, kit: Toolkit[Any]) -> None:
        """Build the parts inside the open container, hidden."""
        self._kit = kit
        with dpg.child_window(border=True, no_scrollbar=True, show=False) as self.root:
            self._mark = add_mark(kit.px(_MARK), tones.LEAF_PALE, tones.CARD)
            self._title = dpg.add_text("", pos=(0, 0))
            self._text = dpg.add_text("", pos=(0, 0), color=tones.MUTED)
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(self._title, kit.fonts.title)

    def show(self, notice: Notice | None, area: Area) -> None:
        """Show the notice in the middle of its place, or hide."""
        dpg.configure_item(self.root, show=notice is not None)
        if notice is None:
            return
        px, fonts = self._kit.px, self._kit.fonts
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        wrap = min(px(_WRAP), area.width - px(48))
        _, title_height = measure_text(notice.title, fonts.title, wrap_px=wrap)
        y = max(px(20), area.height // 2 - px(_MARK + 30))
        dpg.set_item_pos(self._mark, [(area.width - px(_MARK)) // 2, y])
        y += px(_MARK + 14)
        for item, text in ((self._title, notice.title), (self._text, notice.text)):
            dpg.set_value(item, text)
            dpg.configure_item(item, wrap=wrap)
        place_centred(self._title, notice.title, fonts.title, area.width, y, wrap_px=wrap)
        y += round(title_height) + px(10)
        place_centred(self._text, notice.text, fonts.body, area.width, y, wrap_px=wrap)
