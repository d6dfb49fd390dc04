"""How a look at a server went, in the colour of its outcome."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.settings import events
from gui.settings.state import Probe
from gui.settings.words import say_probe


class VerdictText:
    """Built once; hidden while there is nothing to say."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build it inside the open container, hidden."""
        self._text = dpg.add_text("", show=False)
        bind_font(self._text, kit.fonts.small)

    def show(self, probe: Probe | None, name: str | None, width_px: int) -> None:
        """Show the last look if it was at the server ``name`` (None: at the one in the form)."""
        text = say_probe(probe, name)
        verdict = probe.verdict if probe else None
        colour = tones.MUTED
        if verdict is not None:
            colour = tones.KNOWN if verdict.is_good else tones.FAILED
        dpg.configure_item(self._text, show=bool(text), wrap=width_px, color=colour)
        dpg.set_value(self._text, text)
