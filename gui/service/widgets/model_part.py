"""The model that answers: since when, whether it does, how far photos are from its own."""

from datetime import datetime
from typing import Any

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide
from gui.service.state import ServiceState
from gui.service.words import (
    say_candidate,
    say_drift,
    say_readiness,
    say_since,
)


class ModelPart:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[Any]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        px = kit.px
        with dpg.group() as self.root:
            heading = dpg.add_text("MODEL", color=tones.MUTED)
            dpg.add_spacer(height=px(2))
            self._version = dpg.add_text("", tag="service_model")
            self._since = dpg.add_text("", color=tones.MUTED)
            self._ready = dpg.add_text("")
            self._candidate = dpg.add_text("")
            self._drift = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=px(12))
        bind_font(heading, kit.fonts.section)
        bind_font(self._version, kit.fonts.title)
        for item in (self._since, self._ready, self._candidate, self._drift):
            bind_font(item, kit.fonts.small)

    def show(self, state: ServiceState, now: datetime, width_px: int) -> None:
        """Show the model in ``width_px``; nothing of it before it was told."""
        dpg.configure_item(self.root, show=state.is_ready is not None)
        facts = state.facts
        texts = {
            self._version: elide(facts.version, width_px, self._kit.fonts.title) if facts else "-",
            self._since: say_since(facts, now) if facts else "",
            self._ready: say_readiness(state),
            self._candidate: say_candidate(facts) if facts else "",
            self._drift: say_drift(facts) if facts else "",
        }
        for item, text in texts.items():
            dpg.set_value(item, text)
            dpg.configure_item(item, show=bool(text), wrap=width_px)
        dpg.configure_item(self._ready, color=tones.KNOWN if state.is_ready else tones.FAILED)
        if facts is not None:
            dpg.configure_item(
                self._drift, color=tones.UNKNOWN if facts.is_drift_strong else tones.MUTED
            )
