"""One run: its stages, curves and log; when it has ended, champion against challenger."""

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.server_status import ServerMode
from gui.kit.tabs import TabView
from gui.kit.theme import Item, bind_font
from gui.kit.tones import Tone
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.paged_table import Column, PagedTable
from gui.retrain import events
from gui.retrain.state import RetrainState
from gui.retrain.values import STAGES, Run
from gui.retrain.widgets.curves import Curves
from gui.retrain.widgets.mix_ups_part import MixUpsPart
from gui.retrain.words import (
    STAGE_NAMES,
    find_version_to_approve,
    list_classes,
    list_compared,
    say_run_detail,
    say_run_headline,
)

_PADDING = 20
_SCROLLBAR = 12
_BAR_HEIGHT = 10
_LOG_HEIGHT = 220
_NUM_CLASSES = 12
_NUM_COMPARED = 10
_MAX_LOG_CHARS = 20_000
_NO_RUN = "No run yet"
_UNKNOWN = "No run to show"
_NO_RUN_DETAIL = (
    "A run learns from new photographs, compares the outcome with the present model, class by "
    "class, and lets the better one answer. It appears here as it goes."
)
_NO_LOG = "Nothing was printed, or it is no longer kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What the buttons do; questions are asked by whoever made these."""

    cancel: Callable[[], None]
    approve: Callable[[], None]


class RunCard:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[events.Event], deeds: Deeds) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._shown_id: str | None = None
        px = kit.px
        with dpg.child_window(border=True) as self.root:
            self._section = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=px(2))
            self._headline = dpg.add_text("", color=tones.INK)
            dpg.add_spacer(height=px(4))
            self._detail = dpg.add_text("", color=tones.MUTED)
            with dpg.group(show=False) as self._stages:
                dpg.add_spacer(height=px(6))
                with dpg.group(horizontal=True, horizontal_spacing=px(16)):
                    self._stage_texts = {
                        stage: dpg.add_text(STAGE_NAMES[stage], color=tones.FAINT)
                        for stage in STAGES
                    }
                dpg.add_spacer(height=px(2))
            self._bar = dpg.add_progress_bar(height=px(_BAR_HEIGHT), show=False)
            dpg.add_spacer(height=px(4))
            with dpg.group(horizontal=True):
                self._approve = dpg.add_button(
                    label="Let it take over", width=px(180), callback=lambda: deeds.approve()
                )
                self._cancel = dpg.add_button(
                    label="Cancel this run", width=px(160), callback=lambda: deeds.cancel()
                )
            dpg.add_spacer(height=px(6))
            self._curves = Curves(kit)
            self._compared_group, self._compared = self._add_part(
                "Present model against new model",
                (
                    Column(heading="What was compared", weight=2.6),
                    Column(heading="Present"),
                    Column(heading="New"),
                    Column(heading="Outcome", weight=1.1),
                ),
                _NUM_COMPARED,
            )
            self._classes_group, self._classes = self._add_part(
                "Kind by kind, what changed most first",
                (
                    Column(heading="Kind", weight=2.5),
                    Column(heading="Photos", weight=0.8),
                    Column(heading="Present"),
                    Column(heading="New"),
                    Column(heading="Change", weight=1.6),
                ),
                _NUM_CLASSES,
            )
            self._mix_ups = MixUpsPart(kit)
            with dpg.group() as self._log_group:
                heading = dpg.add_text("What it printed", color=tones.INK)
                self._log = dpg.add_input_text(
                    multiline=True, readonly=True, height=px(_LOG_HEIGHT)
                )
        dpg.bind_item_theme(self.root, kit.themes.card)
        dpg.bind_item_theme(self._bar, kit.themes.bars[Tone.KNOWN])
        dpg.bind_item_theme(self._approve, kit.themes.primary)
        for item in (self._section, heading):
            bind_font(item, kit.fonts.section)
        bind_font(self._headline, kit.fonts.headline)
        for item in (self._stages, self._log):
            bind_font(item, kit.fonts.small)

    def show(self, view: TabView[RetrainState], area: Area) -> None:
        """Show the picked run, or what a run is."""
        state, run = view.part, view.part.picked
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING + _SCROLLBAR)
        for item in (self._section, self._headline, self._detail):
            dpg.configure_item(item, wrap=inner_px)
        if state.picked_id != self._shown_id:
            self._shown_id = state.picked_id
            dpg.set_y_scroll(self.root, 0)
        dpg.set_value(self._section, _say_section(run))
        no_run = _NO_RUN if state.runs is not None and state.refusal is None else _UNKNOWN
        dpg.set_value(self._headline, say_run_headline(run) if run else no_run)
        dpg.set_value(self._detail, say_run_detail(run) if run else _NO_RUN_DETAIL)
        self._show_stages(run)
        is_counted = run is not None and run.is_at_work and run.epochs > 0
        dpg.configure_item(self._bar, show=is_counted, width=inner_px)
        if run is not None and is_counted:
            dpg.set_value(self._bar, run.epoch / run.epochs)
        self._show_buttons(view)
        points = state.points.get(run.run_id, ()) if run is not None else ()
        # One point is no curve.
        self._curves.show(points if len(points) > 1 else (), inner_px)
        self._show_verdict(run, inner_px)
        self._mix_ups.show(state, inner_px)
        self._show_log(state, inner_px)

    def settle(self) -> None:
        """Do what must wait for a frame; called after each."""
        self._mix_ups.settle()

    def _show_stages(self, run: Run | None) -> None:
        is_shown = run is not None and bool(run.stage) and run.is_at_work
        dpg.configure_item(self._stages, show=is_shown)
        if run is None or not is_shown:
            return
        reached_idx = STAGES.index(run.stage) if run.stage in STAGES else -1
        for idx, stage in enumerate(STAGES):
            if idx < reached_idx:
                colour = Tone.KNOWN.colour
            else:
                colour = tones.INK if idx == reached_idx else tones.FAINT
            mark = "> " if idx == reached_idx else ""
            dpg.configure_item(self._stage_texts[stage], color=colour)
            dpg.set_value(self._stage_texts[stage], f"{mark}{STAGE_NAMES[stage]}")

    def _show_buttons(self, view: TabView[RetrainState]) -> None:
        state = view.part
        is_free = view.server.mode is ServerMode.ONLINE and state.acting is None
        may_approve = is_free and find_version_to_approve(state) is not None
        may_cancel = is_free and state.picked is not None and state.picked.is_at_work
        dpg.configure_item(self._approve, show=may_approve)
        dpg.configure_item(self._cancel, show=may_cancel)

    def _show_verdict(self, run: Run | None, inner_px: int) -> None:
        verdict = run.verdict if run is not None else None
        for item in (self._compared_group, self._classes_group):
            dpg.configure_item(item, show=verdict is not None)
        if verdict is not None:
            self._compared.show(list_compared(verdict), inner_px)
            self._classes.show(list_classes(verdict.classes), inner_px)

    def _show_log(self, state: RetrainState, inner_px: int) -> None:
        run_id, text = state.log
        is_known = state.picked is not None and run_id == state.picked_id
        dpg.configure_item(self._log_group, show=is_known)
        dpg.configure_item(self._log, width=inner_px)
        if is_known:
            dpg.set_value(self._log, text[-_MAX_LOG_CHARS:].rstrip() or _NO_LOG)

    def _add_part(
        self, heading: str, columns: tuple[Column, ...], num_rows: int
    ) -> tuple[Item, PagedTable]:
        with dpg.group(show=False) as group:
            text = dpg.add_text(heading, color=tones.INK)
            dpg.add_spacer(height=self._kit.px(2))
            table = PagedTable(self._kit, columns, num_rows=num_rows)
            dpg.add_spacer(height=self._kit.px(14))
        bind_font(text, self._kit.fonts.section)
        return group, table


def _say_section(run: Run | None) -> str:
    if run is None:
        return "RUN"
    who = run.created_by.removeprefix("key:")
    return f"RUN OF {run.created.astimezone():%d %b %H:%M}  ·  BY {who}".upper()
