"""Above the photo: the switch between views, and what can be laid over the photo."""

from collections.abc import Callable, Sequence

import dearpygui.dearpygui as dpg

from gui.diagnose import events, heat_events
from gui.diagnose.state import DiagnoseState
from gui.diagnose.views import View
from gui.kit.layout import Area
from gui.kit.theme import Fonts, Item, Themes
from gui.kit.widgets.placing import measure_text

_EVIDENCE, _COMPARE = "Evidence", "Compare"
_KEYS = {_EVIDENCE: " (H)", _COMPARE: " (C)"}
_SPACING = 4
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
            with dpg.group(horizontal=True, horizontal_spacing=round(_SPACING * scale)):
                self._views = {view: self._add_view(view) for view in View}
                self._back = dpg.add_button(
                    show=False,
                    callback=lambda: post(events.ExhibitClosed()),
                )
            with dpg.group(
                horizontal=True, horizontal_spacing=round(_SPACING * scale)
            ) as self._tools:
                self._compare = self._add_tool(_COMPARE, "compare", events.CompareToggled())
                self._evidence = self._add_tool(_EVIDENCE, "evidence", heat_events.HeatToggled())
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
        is_photo = state.view is View.PHOTO
        has_answer = is_photo and state.shown is not None and state.shown.diagnosis is not None
        can_compare = is_photo and state.exhibit is None and len(state.photos) > 1
        shown = {_COMPARE: can_compare, _EVIDENCE: has_answer}
        labels = [name + _KEYS[name] for name, is_shown in shown.items() if is_shown]
        views = [label] if state.exhibit is not None else [view.value for view in View]
        # Large letters in a small window leave no room for the names of the keys.
        is_wide = self._measure([*views, *labels]) <= area.width
        if not is_wide:
            labels = [name for name, is_shown in shown.items() if is_shown]
        for button, name, is_on in (
            (self._compare, _COMPARE, state.compared_idx is not None),
            (self._evidence, _EVIDENCE, state.heat.is_on),
        ):
            dpg.configure_item(
                button, show=shown[name], label=name + _KEYS[name] if is_wide else name
            )
            self._mark(button, is_on=is_on)
        dpg.set_item_pos(self._tools, [area.width - round(self._measure(labels)), 0])

    def _measure(self, labels: Sequence[str]) -> float:
        """Return the width of buttons with these labels, side by side."""
        padding_px = 2 * _BUTTON_PADDING * self._scale
        widths_px = [measure_text(label, self._fonts.body)[0] + padding_px for label in labels]
        return sum(widths_px) + _SPACING * self._scale * max(0, len(labels) - 1)

    def _add_tool(self, label: str, tag: str, event: events.Event) -> Item:
        button: Item = dpg.add_button(label=label, tag=tag, callback=lambda: self._post(event))
        return button

    def _add_view(self, view: View) -> Item:
        button: Item = dpg.add_button(
            label=view.value,
            tag=f"view_{view.name.lower()}",
            callback=lambda: self._post(events.ViewSelected(view=view)),
        )
        return button

    def _mark(self, button: Item, *, is_on: bool) -> None:
        dpg.bind_item_theme(button, self._themes.tab_selected if is_on else self._themes.tab)
