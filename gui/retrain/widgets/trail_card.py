"""Who did what to data and models."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.server_status import ServerMode
from gui.kit.tabs import TabView
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.paged_table import Column, PagedTable
from gui.retrain import events
from gui.retrain.state import RetrainState
from gui.retrain.words import say_deed_line

_PADDING = 20
_SCROLLBAR = 12
_NUM_ROWS = 16
_AWAY = "The server is away. Its history is shown when it answers again."
_ASKING = "Asking the server ..."
_NONE = "Nothing has happened to data or models yet."
_HOW = "Every step that changed data or models, the newest first."


class TrailCard:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        with dpg.child_window(border=True) as self.root:
            section = dpg.add_text("HISTORY", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(4))
            self._words = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(8))
            self._table = PagedTable(
                kit,
                (
                    Column(heading="When", weight=1.2),
                    Column(heading="Who", weight=0.8, is_cut=True),
                    Column(heading="What", weight=1.6),
                    Column(heading="Which", weight=2.0, is_cut=True),
                    Column(heading="How it ended", weight=2.6),
                ),
                num_rows=_NUM_ROWS,
            )
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(section, kit.fonts.section)

    def show(self, view: TabView[RetrainState], area: Area) -> None:
        """Bring it up to date."""
        state = view.part
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING + _SCROLLBAR)
        dpg.configure_item(self._words, wrap=inner_px)
        dpg.set_value(self._words, _say(state, is_online=view.server.mode is ServerMode.ONLINE))
        self._table.show([say_deed_line(deed) for deed in state.deeds or ()], inner_px)


def _say(state: RetrainState, *, is_online: bool) -> str:
    if not is_online:
        return _AWAY
    if state.trail_refusal is not None:
        return state.trail_refusal
    if state.deeds is None:
        return _ASKING
    return _HOW if state.deeds else _NONE
