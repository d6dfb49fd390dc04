"""Pages about the service that open in the browser."""

from functools import partial

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.service import events
from gui.service.links import Link

_MAX_LINKS = 3


class LinksPart:
    """Built once with room for every page; ``show`` fills it."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._links: tuple[Link, ...] = ()
        with dpg.group() as self.root:
            heading = dpg.add_text("OPEN IN THE BROWSER", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(2))
            self._buttons = [
                dpg.add_button(label="", callback=partial(self._open, idx), tag=f"link_{idx}")
                for idx in range(_MAX_LINKS)
            ]
            dpg.add_spacer(height=kit.px(12))
        bind_font(heading, kit.fonts.section)

    def show(self, links: tuple[Link, ...], width_px: int) -> None:
        """Show the pages in ``width_px``; nothing if there are none."""
        self._links = links
        dpg.configure_item(self.root, show=bool(links))
        for idx, button in enumerate(self._buttons):
            is_used = idx < len(links)
            label = links[idx].label if is_used else ""
            dpg.configure_item(button, show=is_used, label=label, width=width_px)

    def _open(self, idx: int) -> None:
        self._kit.post(events.PageRequested(address=self._links[idx].address))
