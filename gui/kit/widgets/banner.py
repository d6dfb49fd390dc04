"""A problem in plain words, until it is dismissed."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from gui.kit.layout import Area
from gui.kit.theme import Fonts, Themes
from gui.kit.tones import Tone
from gui.kit.widgets.placing import measure_text


class Banner:
    """Built once; hidden while there is no problem."""

    def __init__(
        self, dismiss: Callable[[], None], fonts: Fonts, themes: Themes, scale: float
    ) -> None:
        """Build the parts inside the open container, hidden."""
        self._font = fonts.body
        self._button_width = round(140 * scale)
        self._scale = scale
        with dpg.child_window(
            border=True, show=False, no_scrollbar=True, tag="banner"
        ) as self.root:
            self._text = dpg.add_text("", tag="banner_text", pos=(0, 0), color=Tone.FAILED.colour)
            self._button = dpg.add_button(
                label="Dismiss (Esc)",
                width=self._button_width,
                pos=(0, 0),
                callback=lambda: dismiss(),
            )
        dpg.bind_item_theme(self.root, themes.banner)

    def show(self, problem: str | None, area: Area) -> None:
        """Show the problem, or hide."""
        dpg.configure_item(self.root, show=problem is not None)
        if problem is None:
            return
        dpg.set_item_pos(self.root, [area.x, area.y])
        width = area.width
        dpg.configure_item(self.root, width=width, height=area.height)
        text_width = width - self._button_width - round(48 * self._scale)
        dpg.set_value(self._text, problem)
        dpg.configure_item(self._text, wrap=text_width)
        _, text_height = measure_text(problem, self._font, wrap_px=text_width)
        top = max(round(6 * self._scale), round((area.height - text_height) / 2))
        dpg.set_item_pos(self._text, [round(16 * self._scale), top])
        dpg.set_item_pos(
            self._button,
            [width - self._button_width - round(12 * self._scale), round(12 * self._scale)],
        )
