"""How a new run is started, and the runs that were."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.server_status import ServerMode
from gui.kit.tabs import Tab, TabView
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.paged_table import Column, PagedTable
from gui.retrain import events
from gui.retrain.state import RetrainState
from gui.retrain.values import Run
from gui.retrain.words import CONFIG_HINTS, CONFIGS, say_material, say_run_line

_PADDING = 20
_SCROLLBAR = 12
_NUM_ROWS = 8
_AWAY = "The server is away. Training happens there: start it, or choose another on Settings."
_ASKING = "Asking the server ..."


class StartCard:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[events.Event], start: Callable[[], None]) -> None:
        """Build the parts inside the open container; ``start`` asks first where it must."""
        self._kit = kit
        self._runs: tuple[Run, ...] = ()
        px = kit.px
        with dpg.child_window(border=True) as self.root:
            section = dpg.add_text("LEARN ANEW", color=tones.MUTED)
            dpg.add_spacer(height=px(4))
            self._material = dpg.add_text("", color=tones.INK)
            with dpg.group() as self._form:
                dpg.add_spacer(height=px(8))
                self._config = dpg.add_combo(
                    list(CONFIGS), default_value=next(iter(CONFIGS)), callback=self._choose_config
                )
                self._hint = dpg.add_text("", color=tones.MUTED)
                dpg.add_spacer(height=px(4))
                self._approval = dpg.add_checkbox(
                    label="Ask me at the end", callback=self._choose_approval
                )
                dpg.add_spacer(height=px(8))
                self._start = dpg.add_button(label="Start", callback=lambda: start())
            with dpg.group() as self._empty:
                dpg.add_spacer(height=px(8))
                self._give = dpg.add_button(
                    label="Give photographs", callback=lambda: kit.go_to(Tab.CONTRIBUTE)
                )
            dpg.add_spacer(height=px(20))
            self._runs_heading = dpg.add_text("RUNS SO FAR", color=tones.MUTED)
            dpg.add_spacer(height=px(4))
            self._table = PagedTable(
                kit,
                (
                    Column(heading="When", weight=1.3),
                    Column(heading="How", weight=0.9),
                    Column(heading="Outcome", weight=1.3),
                ),
                num_rows=_NUM_ROWS,
                on_pick=self._pick,
            )
        dpg.bind_item_theme(self.root, kit.themes.card)
        dpg.bind_item_theme(self._start, kit.themes.primary)
        for item in (section, self._runs_heading):
            bind_font(item, kit.fonts.section)
        bind_font(self._hint, kit.fonts.small)

    def show(self, view: TabView[RetrainState], area: Area) -> None:
        """Bring it up to date."""
        state = view.part
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING + _SCROLLBAR)
        for item in (self._material, self._hint):
            dpg.configure_item(item, wrap=inner_px)
        for item in (self._config, self._start, self._give):
            dpg.configure_item(item, width=inner_px)
        is_online = view.server.mode is ServerMode.ONLINE
        dpg.set_value(self._material, _say(state, is_online=is_online))
        is_told = is_online and state.refusal is None and state.runs is not None
        may_start = is_told and bool(state.unlearnt)
        dpg.configure_item(self._empty, show=is_told and not state.unlearnt)
        dpg.configure_item(self._form, show=may_start)
        dpg.configure_item(self._start, show=state.acting is None)
        dpg.set_value(self._hint, CONFIG_HINTS[state.config])
        dpg.set_value(self._approval, state.is_approval_needed)
        self._runs = state.runs or ()
        dpg.configure_item(self._runs_heading, show=bool(self._runs))
        ids = [run.run_id for run in self._runs]
        picked_idx = ids.index(state.picked_id) if state.picked_id in ids else None
        lines = [say_run_line(run) for run in self._runs]
        self._table.show(lines, inner_px, picked_idx=picked_idx)

    def _choose_config(self, _sender: int, words: str) -> None:
        self._kit.post(events.ConfigChosen(config=CONFIGS[words]))

    def _choose_approval(self, _sender: int, is_needed: bool) -> None:
        self._kit.post(events.ApprovalChosen(is_needed=is_needed))

    def _pick(self, row_idx: int) -> None:
        if row_idx < len(self._runs):
            self._kit.post(events.RunPicked(run_id=self._runs[row_idx].run_id))


def _say(state: RetrainState, *, is_online: bool) -> str:
    if not is_online:
        return _AWAY
    if state.refusal is not None:
        return state.refusal
    return _ASKING if state.runs is None else say_material(state.unlearnt)
