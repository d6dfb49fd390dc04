"""How the window looks: light or dark, how large."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.settings import events
from gui.settings.preferences import DISPLAY_SCALES, TEXT_SCALES, ThemeChoice
from gui.settings.state import SettingsState
from gui.settings.words import (
    say_display_size,
    say_pinned_scale,
    say_silent_system,
    say_text_size,
)

_GAP = 8
# Label, and share of the width: in the narrowest window the longest label just fits.
_THEMES = {
    ThemeChoice.LIGHT: ("Light", 0.29),
    ThemeChoice.DARK: ("Dark", 0.29),
    ThemeChoice.SYSTEM: ("As the system", 0.42),
}


class LookCard:
    """Built once; a choice holds at once."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._screen_scale = 1.0
        px = kit.px
        with dpg.group():
            dpg.add_text("LOOK", color=tones.MUTED)
            bind_font(dpg.last_item(), kit.fonts.section)
            dpg.add_spacer(height=px(4))
            with dpg.group(horizontal=True, horizontal_spacing=px(_GAP)):
                self._themes = {theme: self._add_theme(theme) for theme in ThemeChoice}
            self._silent = dpg.add_text("", color=tones.MUTED, show=False)
            dpg.add_spacer(height=px(10))
            dpg.add_text("Size of text")
            self._text = dpg.add_combo(callback=self._choose_text, tag="text_size")
            dpg.add_spacer(height=px(6))
            dpg.add_text("Scale of the display")
            self._display = dpg.add_combo(callback=self._choose_display, tag="display_size")
            self._pinned = dpg.add_text("", color=tones.UNKNOWN, show=False)

    def _add_theme(self, theme: ThemeChoice) -> int | str:
        button: int | str = dpg.add_button(
            label=_THEMES[theme][0],
            callback=lambda: self._kit.post(events.ThemeChosen(theme=theme)),
            tag=f"theme_{theme}",
        )
        return button

    def show(self, state: SettingsState, width_px: int) -> None:
        """Show the choices in ``width_px``."""
        preferences, themes = state.preferences, self._kit.themes
        self._screen_scale = state.run.screen_scale
        gaps_px = self._kit.px(_GAP) * (len(ThemeChoice) - 1)
        for theme, button in self._themes.items():
            is_chosen = theme is preferences.theme
            dpg.configure_item(button, width=int((width_px - gaps_px) * _THEMES[theme][1]))
            dpg.bind_item_theme(button, themes.option_selected if is_chosen else themes.option)
        silent = say_silent_system(state)
        dpg.set_value(self._silent, silent)
        dpg.configure_item(self._silent, show=bool(silent), wrap=width_px)
        texts = [say_text_size(scale) for scale in TEXT_SCALES]
        dpg.configure_item(self._text, items=texts, width=width_px)
        dpg.set_value(self._text, say_text_size(preferences.text_scale))
        displays = [self._say_display(scale) for scale in (None, *DISPLAY_SCALES)]
        dpg.configure_item(self._display, items=displays, width=width_px)
        dpg.set_value(self._display, self._say_display(preferences.display_scale))
        pinned = say_pinned_scale(state)
        dpg.set_value(self._pinned, pinned)
        dpg.configure_item(self._pinned, show=bool(pinned), wrap=width_px)

    def _say_display(self, scale: float | None) -> str:
        return say_display_size(scale, screen_scale=self._screen_scale)

    def _choose_text(self, _sender: int, chosen: str) -> None:
        for scale in TEXT_SCALES:
            if say_text_size(scale) == chosen:
                self._kit.post(events.TextScaleChosen(scale=scale))

    def _choose_display(self, _sender: int, chosen: str) -> None:
        for scale in (None, *DISPLAY_SCALES):
            if self._say_display(scale) == chosen:
                self._kit.post(events.DisplayScaleChosen(scale=scale))
