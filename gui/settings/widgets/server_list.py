"""The servers to choose from, and this laptop alone."""

from functools import partial

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.settings import events
from gui.settings.preferences import MAX_SERVERS, Server
from gui.settings.state import SettingsState
from gui.settings.widgets.server_row import RowCalls, ServerRow
from gui.settings.words import (
    INTRO,
    LAPTOP_DETAIL,
    LAPTOP_NAME,
    say_detail,
    say_key_place,
    say_pinned_server,
)


class ServerList:
    """Built once with room for every server; ``show`` fills it."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._servers: tuple[Server, ...] = ()
        px, post = kit.px, kit.post
        with dpg.group() as self.root:
            dpg.add_text("SERVER", color=tones.MUTED)
            bind_font(dpg.last_item(), kit.fonts.section)
            dpg.add_spacer(height=px(4))
            self._intro = dpg.add_text(INTRO)
            self._pinned = dpg.add_text("", color=tones.UNKNOWN)
            dpg.add_spacer(height=px(6))
            self._rows = [
                ServerRow(
                    kit,
                    RowCalls(
                        use=partial(self._use, idx),
                        test=partial(self._test, idx),
                        change=partial(self._change, idx),
                    ),
                    tag=f"server_{idx}",
                )
                for idx in range(MAX_SERVERS)
            ]
            self._laptop = ServerRow(
                kit,
                RowCalls(use=lambda: post(events.ServerChosen(name=None))),
                tag="server_laptop",
            )
            self._place = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=px(8))
            self._add = dpg.add_button(
                label="Add a server ...",
                callback=lambda: post(events.FormOpened(name=None)),
                tag="server_add",
            )
        bind_font(self._place, kit.fonts.small)

    def show(self, state: SettingsState, width_px: int) -> None:
        """Show the servers in ``width_px``."""
        self._servers = state.preferences.servers
        texts = (
            (self._pinned, say_pinned_server(state)),
            (self._place, say_key_place(state.key_place)),
        )
        for item, text in texts:
            dpg.set_value(item, text)
            dpg.configure_item(item, show=bool(text), wrap=width_px)
        dpg.configure_item(self._intro, wrap=width_px)
        chosen = state.preferences.server_name
        for idx, row in enumerate(self._rows):
            if idx >= len(self._servers):
                row.hide()
                continue
            server = self._servers[idx]
            row.show(
                server.name,
                say_detail(state, server),
                width_px,
                is_used=server.name == chosen,
                probe=state.probe,
            )
        self._laptop.show(LAPTOP_NAME, LAPTOP_DETAIL, width_px, is_used=chosen is None, probe=None)
        dpg.configure_item(self._add, show=len(self._servers) < MAX_SERVERS)

    def _use(self, idx: int) -> None:
        self._kit.post(events.ServerChosen(name=self._servers[idx].name))

    def _test(self, idx: int) -> None:
        server = self._servers[idx]
        self._kit.post(events.ProbeRequested(name=server.name, address=server.url))

    def _change(self, idx: int) -> None:
        self._kit.post(events.FormOpened(name=self._servers[idx].name))
