"""Where data lie, and what else there is to know."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide
from gui.settings import events
from gui.settings.state import SettingsState

_HOME = "Your data lie in this folder"
_FILE = "These settings lie in"


class DataCard:
    """Built once; ``show`` fills the paths in."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        px, post = kit.px, kit.post
        with dpg.group():
            dpg.add_text("DATA", color=tones.MUTED)
            bind_font(dpg.last_item(), kit.fonts.section)
            dpg.add_spacer(height=px(4))
            self._home = self._add_path(_HOME)
            self._file = self._add_path(_FILE)
            dpg.add_spacer(height=px(6))
            self._open = dpg.add_button(
                label="Open the folder",
                callback=lambda: post(events.HomeOpened()),
                tag="home_open",
            )
            self._welcome = dpg.add_button(
                label="Show the welcome again",
                callback=lambda: post(events.WelcomeRequested()),
                tag="welcome_again",
            )

    def _add_path(self, label: str) -> int | str:
        dpg.add_text(label)
        path: int | str = dpg.add_text("", color=tones.MUTED)
        bind_font(path, self._kit.fonts.small)
        dpg.add_spacer(height=self._kit.px(4))
        return path

    def show(self, state: SettingsState, width_px: int) -> None:
        """Show the places in ``width_px``."""
        for item, path in ((self._home, state.run.home), (self._file, state.run.preferences_path)):
            dpg.set_value(item, elide(str(path), width_px, self._kit.fonts.small))
        for button in (self._open, self._welcome):
            dpg.configure_item(button, width=width_px)
