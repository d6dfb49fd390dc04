"""Above the photo: the switch between views, and what can be laid over the photo."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from gui.diagnose import events, heat_events
from gui.diagnose.state import DiagnoseState
from gui.diagnose.views import View
from gui.kit.layout import Area
from gui.kit.theme import Fonts, Item, Themes
from gui.kit.widgets.placing import measure_text

_EVIDENCE = "Show the evidence (H)"
_TO_HISTORY, _TO_PHOTOS = "Back to the history (Esc)", "Back to the photos (Esc)"
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
        self._post = post
        self._fonts = fonts
        self._themes = themes
        self._scale = scale
        with dpg.child_window(border=False, no_scrollbar=True) as self.root:
            with dpg.group(horizontal=True, horizontal_spacing=round(4 * scale)):
                self._views = {view: self._add_view(view) for view in View}
                self._back = dpg.add_button(
                    show=False,
                    callback=lambda: post(events.ExhibitClosed()),
                )
            self._evidence = dpg.add_button(
                label=_EVIDENCE,
                tag="evidence",
                callback=lambda: post(heat_events.HeatToggled()),
            )
        dpg.bind_item_theme(self.root, themes.plain)

    def show(self, state: DiagnoseState, area: Area) -> None:
        """Place it, and mark what is on."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        is_entry = state.exhibit is not None and state.exhibit.entry is not None
        label = _TO_HISTORY if is_entry else _TO_PHOTOS
        dpg.configure_item(self._back, show=state.exhibit is not None, label=label)
        dpg.bind_item_theme(self._back, self._themes.tab)
        for view, button in self._views.items():
            dpg.configure_item(button, show=state.exhibit is None)
            self._mark(button, is_on=view is state.view)
        has_answer = state.shown is not None and state.shown.diagnosis is not None
        dpg.configure_item(self._evidence, show=has_answer and state.view is View.PHOTO)
        self._mark(self._evidence, is_on=state.heat.is_on)
        text_px, _ = measure_text(_EVIDENCE, self._fonts.body)
        width_px = round(text_px + 2 * _BUTTON_PADDING * self._scale)
        dpg.set_item_pos(self._evidence, [area.width - width_px, 0])

    def _add_view(self, view: View) -> Item:
        button: Item = dpg.add_button(
            label=view.value,
            tag=f"view_{view.name.lower()}",
            callback=lambda: self._post(events.ViewSelected(view=view)),
        )
        return button

    def _mark(self, button: Item, *, is_on: bool) -> None:
        dpg.bind_item_theme(button, self._themes.tab_selected if is_on else self._themes.tab)
