"""Above the photo: what can be laid over it."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from gui.diagnose import events, heat_events
from gui.diagnose.state import DiagnoseState
from gui.kit.layout import Area
from gui.kit.theme import Fonts, Themes
from gui.kit.widgets.placing import measure_text

_EVIDENCE = "Show the evidence (H)"
_BUTTON_PADDING = 12


class ViewBar:
    """Built once; posts what the user asks for."""

    def __init__(
        self,
        post: Callable[[events.Event], None],
        fonts: Fonts,
        themes: Themes,
        scale: float,
    ) -> None:
        """Build the parts inside the open container."""
        self._fonts = fonts
        self._themes = themes
        self._scale = scale
        with dpg.child_window(border=False, no_scrollbar=True) as self.root:
            self._evidence = dpg.add_button(
                label=_EVIDENCE,
                tag="evidence",
                callback=lambda: post(heat_events.HeatToggled()),
            )
        dpg.bind_item_theme(self.root, themes.plain)

    def show(self, state: DiagnoseState, area: Area) -> None:
        """Place it, and mark what is on."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        has_answer = state.selected is not None and state.selected.diagnosis is not None
        dpg.configure_item(self._evidence, show=has_answer)
        theme = self._themes.tab_selected if state.heat.is_on else self._themes.tab
        dpg.bind_item_theme(self._evidence, theme)
        text_px, _ = measure_text(_EVIDENCE, self._fonts.body)
        width_px = round(text_px + 2 * _BUTTON_PADDING * self._scale)
        dpg.set_item_pos(self._evidence, [area.width - width_px, 0])
