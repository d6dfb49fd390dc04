"""A question before something that cannot be taken back: it covers the window until answered."""

from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit

_WIDTH = 460
_BUTTON_WIDTH = 200


class Question:
    """Built once and hidden; Enter says yes, Escape says no."""

    def __init__(self, kit: Toolkit[Any]) -> None:
        """Build the parts."""
        self._kit = kit
        self._on_yes: Callable[[], None] | None = None
        width = kit.px(_WIDTH)
        with dpg.window(
            modal=True, show=False, no_title_bar=True, no_resize=True, no_move=True, width=width
        ) as self._root:
            self._heading = dpg.add_text("", color=tones.INK, wrap=width - kit.px(40))
            dpg.add_spacer(height=kit.px(4))
            self._text = dpg.add_text("", color=tones.MUTED, wrap=width - kit.px(40))
            dpg.add_spacer(height=kit.px(10))
            with dpg.group(horizontal=True):
                self._yes = dpg.add_button(width=kit.px(_BUTTON_WIDTH), callback=self.confirm)
                self._no = dpg.add_button(width=kit.px(_BUTTON_WIDTH), callback=self.close)
        bind_font(self._heading, kit.fonts.title)
        bind_font(self._root, kit.fonts.body)
        dpg.bind_item_theme(self._yes, kit.themes.primary)

    @property
    def is_open(self) -> bool:
        """It is on the screen."""
        return bool(dpg.is_item_shown(self._root))

    def ask(
        self, heading: str, text: str, *, yes: str, no: str, on_yes: Callable[[], None]
    ) -> None:
        """Show it in the middle; ``on_yes`` is called if the answer is yes."""
        self._on_yes = on_yes
        for item, words in ((self._heading, heading), (self._text, text)):
            dpg.set_value(item, words)
        dpg.configure_item(self._yes, label=yes)
        dpg.configure_item(self._no, label=no)
        width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        dpg.set_item_pos(self._root, [(width - self._kit.px(_WIDTH)) // 2, height // 3])
        dpg.show_item(self._root)

    def confirm(self) -> None:
        """Take it for answered with yes."""
        on_yes, self._on_yes = self._on_yes, None
        self.close()
        if on_yes is not None:
            on_yes()

    def close(self) -> None:
        """Take it for answered with no."""
        self._on_yes = None
        dpg.hide_item(self._root)

    def take_keys(self) -> bool:
        """Act on Enter and Escape; True while it is open, when no key is for others."""
        if not self.is_open:
            return False
        if dpg.is_key_pressed(dpg.mvKey_Return) or dpg.is_key_pressed(dpg.mvKey_NumPadEnter):
            self.confirm()
        elif dpg.is_key_pressed(dpg.mvKey_Escape):
            self.close()
        return True
