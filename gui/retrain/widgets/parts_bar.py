"""What of the tab to look at, and what the server is doing for the user."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import measure_text
from gui.retrain import events
from gui.retrain.state import Part, RetrainState

_BUTTON = 110
_HEIGHT = 40


class PartsBar:
    """Built once; the part on show is marked."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        with dpg.child_window(border=False, no_scrollbar=True) as self.root:
            with dpg.group(horizontal=True):
                self._buttons = {part: self._add_button(part) for part in Part}
            self._acting = dpg.add_text("", pos=(0, 0), color=tones.MUTED)
        dpg.bind_item_theme(self.root, kit.themes.plain)

    def show(self, state: RetrainState, area: Area) -> None:
        """Place it, and mark the part on show."""
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        themes = self._kit.themes
        for part, button in self._buttons.items():
            theme = themes.tab_selected if part is state.part else themes.tab
            dpg.bind_item_theme(button, theme)
        text = state.acting or state.notice or ""
        dpg.set_value(self._acting, text)
        width, height = measure_text(text, self._kit.fonts.body)
        top = round((self._kit.px(_HEIGHT) - height) / 2)
        dpg.set_item_pos(self._acting, [max(0, area.width - round(width) - 2), top])

    def _add_button(self, part: Part) -> int | str:
        button: int | str = dpg.add_button(
            label=part.value,
            width=self._kit.px(_BUTTON),
            height=self._kit.px(_HEIGHT),
            callback=lambda: self._kit.post(events.PartChosen(part=part.value)),
        )
        return button
