"""The pictures to choose from."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from gui.dataset import events
from gui.dataset.views import View
from gui.kit.layout import Area
from gui.kit.theme import Item, Themes


class ViewBar:
    """One button a view; the one on show is marked."""

    def __init__(self, post: Callable[[events.Event], None], themes: Themes) -> None:
        """Build the buttons inside the open container."""
        self._post = post
        self._themes = themes
        with dpg.child_window(border=False, no_scrollbar=True) as self.root:
            self._buttons = {view: self._add_button(view) for view in View}
        dpg.bind_item_theme(self.root, themes.plain)

    def show(self, view: View, area: Area, num_columns: int) -> None:
        """Place the buttons in rows and mark one."""
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        num_rows = -(-len(View) // num_columns)
        height = (area.height - (num_rows - 1) * area.gap) // num_rows
        step = (area.width + area.gap) / num_columns
        for idx, (name, button) in enumerate(self._buttons.items()):
            row, column = divmod(idx, num_columns)
            left, right = round(column * step), round((column + 1) * step) - area.gap
            dpg.configure_item(button, width=right - left, height=height)
            dpg.set_item_pos(button, [left, row * (height + area.gap)])
            is_shown = name is view
            theme = self._themes.option_selected if is_shown else self._themes.option
            dpg.bind_item_theme(button, theme)

    def _add_button(self, view: View) -> Item:
        button: Item = dpg.add_button(
            label=view.value,
            callback=lambda: self._post(events.ViewChosen(view=view)),
            tag=f"view_{view.name.lower()}",
        )
        return button
