"""The tabs, down the left side."""

from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

from gui.kit.layout import Area
from gui.kit.tabs import Tab
from gui.kit.toolkit import Toolkit

_BUTTON_HEIGHT = 40


class Rail:
    """Built once; the open tab is marked."""

    def __init__(self, kit: Toolkit[Any], go_to: Callable[[Tab], None]) -> None:
        """Build one button a tab inside the open container; a click goes to it."""
        self._go_to = go_to
        self._kit = kit
        with dpg.child_window(border=True, no_scrollbar=True) as self.root:
            self._buttons = {tab: self._add_button(tab) for tab in Tab}
        dpg.bind_item_theme(self.root, kit.themes.rail)

    def show(self, shown_tab: Tab, area: Area) -> None:
        """Place it and mark the open tab."""
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        themes = self._kit.themes
        for tab, button in self._buttons.items():
            dpg.configure_item(button, width=area.width - 2 * area.gap)
            theme = themes.tab_selected if tab is shown_tab else themes.tab
            dpg.bind_item_theme(button, theme)

    def _add_button(self, tab: Tab) -> int | str:
        button: int | str = dpg.add_button(
            label=tab.value,
            height=self._kit.px(_BUTTON_HEIGHT),
            callback=lambda: self._go_to(tab),
            tag=f"tab_{tab.name.lower()}",
        )
        return button
