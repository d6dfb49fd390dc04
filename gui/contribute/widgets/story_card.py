"""Where the photographs are on their way, what can be done next, and what stays behind."""

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from gui.contribute import events
from gui.contribute.state import ContributeState, Phase
from gui.contribute.words import (
    LABEL_WAYS,
    say_class,
    say_count,
    say_detail,
    say_fault,
    say_headline,
    say_transfer,
)
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.server_status import ServerMode
from gui.kit.tabs import Tab, TabView
from gui.kit.theme import Item, bind_font
from gui.kit.tones import Tone
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.paged_table import Column, PagedTable

_STEPS = {
    Phase.CHOOSING: "STEP 1 OF 4  ·  CHOOSE",
    Phase.LOOKING: "STEP 2 OF 4  ·  LOOK AND LABEL",
    Phase.READY: "STEP 2 OF 4  ·  LOOK AND LABEL",
    Phase.SENDING: "STEP 3 OF 4  ·  SEND",
    Phase.PAUSED: "STEP 3 OF 4  ·  SEND",
    Phase.INTERRUPTED: "STEP 3 OF 4  ·  SEND",
    Phase.CHECKING: "STEP 4 OF 4  ·  CHECK",
    Phase.REVIEW: "STEP 4 OF 4  ·  CHECK",
    Phase.ENDED: "DONE",
}
_WITH_SUMMARY = frozenset({Phase.READY, Phase.SENDING, Phase.PAUSED, Phase.INTERRUPTED})
_PADDING = 20
_SCROLLBAR = 12
_BAR_HEIGHT = 12
_BULLET = 24
_BUTTONS = {
    "Send": 220,
    "Continue": 140,
    "Pause": 140,
    "Take into the data": 160,
    "Learn from them": 160,
    "Give it up": 100,
    "Start anew": 110,
}
_NUM_ROWS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What the buttons do; questions are asked by whoever made these."""

    accept: Callable[[], None]
    discard: Callable[[], None]
    forget: Callable[[], None]


class StoryCard:
    """Built once with all its parts; ``show`` fills them."""

    def __init__(self, kit: Toolkit[events.Event], deeds: Deeds) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._deeds = deeds
        px = kit.px
        with dpg.child_window(border=True) as self.root:
            self._step = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=px(2))
            self._headline = dpg.add_text("", color=tones.INK)
            dpg.add_spacer(height=px(4))
            self._detail = dpg.add_text("", color=tones.MUTED)
            with dpg.group(show=False) as self._progress:
                dpg.add_spacer(height=px(6))
                self._bar = dpg.add_progress_bar(height=px(_BAR_HEIGHT))
                self._facts = dpg.add_text("", color=tones.MUTED)
            with dpg.group(show=False) as self._ways:
                dpg.add_spacer(height=px(8))
                self._way_texts = [
                    dpg.add_text(way, bullet=True, color=tones.INK) for way in LABEL_WAYS
                ]
            dpg.add_spacer(height=px(8))
            self._build_buttons()
            self._build_unfinished()
            dpg.add_spacer(height=px(12))
            self._labels = self._add_part(
                "Ready to send", (Column(heading="Label", weight=3), Column(heading="Photos"))
            )
            self._faults = self._add_part(
                "Staying here",
                (
                    Column(heading="Files"),
                    Column(heading="Why", weight=2.2),
                    Column(heading="Such as", weight=3.2, is_cut=True),
                ),
            )
            self._refused = self._add_part(
                "Refused by the server",
                (Column(heading="File", is_cut=True), Column(heading="Why", weight=1.3)),
            )
        dpg.bind_item_theme(self.root, kit.themes.card)
        dpg.bind_item_theme(self._bar, kit.themes.bars[Tone.KNOWN])
        bind_font(self._step, kit.fonts.section)
        bind_font(self._headline, kit.fonts.headline)
        bind_font(self._facts, kit.fonts.small)

    def show(self, view: TabView[ContributeState], area: Area) -> None:
        """Bring it up to date."""
        state = view.part
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING + _SCROLLBAR)
        for item in (self._headline, self._detail, self._facts, self._unfinished_text):
            dpg.configure_item(item, wrap=inner_px)
        for item in self._way_texts:
            dpg.configure_item(item, wrap=inner_px - self._kit.px(_BULLET))
        is_empty = state.phase is Phase.CHOOSING and state.upload is None
        dpg.configure_item(self._ways, show=is_empty)
        dpg.set_value(self._step, _STEPS[state.phase])
        dpg.set_value(self._headline, say_headline(state))
        dpg.set_value(self._detail, say_detail(state, view.server))
        self._show_progress(state, inner_px)
        self._show_buttons(view, inner_px)
        self._show_unfinished(view)
        self._show_tables(state, inner_px)

    def _build_buttons(self) -> None:
        post, deeds = self._kit.post, self._deeds
        with dpg.group(horizontal=True) as self._buttons:
            with dpg.group(horizontal=True) as self._first:
                self._send = self._add_button("Send", lambda: post(events.SendRequested()))
                self._continue = self._add_button("Continue", lambda: post(events.SendRequested()))
                self._pause = self._add_button("Pause", lambda: post(events.PauseRequested()))
                self._accept = self._add_button("Take into the data", deeds.accept)
                self._learn = self._add_button(
                    "Learn from them", lambda: self._kit.go_to(Tab.RETRAIN)
                )
            with dpg.group(horizontal=True) as self._second:
                self._discard = self._add_button("Give it up", deeds.discard)
                self._again = self._add_button(
                    "Start anew", lambda: post(events.SourceNamed(path=None))
                )
        for button in (self._send, self._continue, self._accept, self._learn):
            dpg.bind_item_theme(button, self._kit.themes.primary)

    def _add_button(self, label: str, callback: Callable[[], None]) -> Item:
        button: Item = dpg.add_button(
            label=label, width=self._kit.px(_BUTTONS[label]), callback=lambda: callback()
        )
        return button

    def _build_unfinished(self) -> None:
        post, px = self._kit.post, self._kit.px
        with dpg.group(show=False) as self._unfinished:
            dpg.add_spacer(height=px(12))
            heading = dpg.add_text("An upload was not finished", color=Tone.UNKNOWN.colour)
            self._unfinished_text = dpg.add_text("", color=tones.INK)
            dpg.add_spacer(height=px(4))
            with dpg.group(horizontal=True):
                resume = dpg.add_button(
                    label="Continue",
                    width=px(140),
                    callback=lambda: post(events.UnfinishedResumed()),
                )
                dpg.add_button(
                    label="Give it up",
                    width=px(140),
                    callback=lambda: self._deeds.forget(),
                )
        bind_font(heading, self._kit.fonts.section)
        dpg.bind_item_theme(resume, self._kit.themes.primary)

    def _add_part(self, heading: str, columns: tuple[Column, ...]) -> tuple[Item, PagedTable]:
        with dpg.group(show=False) as group:
            text = dpg.add_text(heading, color=tones.INK)
            dpg.add_spacer(height=self._kit.px(2))
            table = PagedTable(self._kit, columns, num_rows=_NUM_ROWS)
            dpg.add_spacer(height=self._kit.px(14))
        bind_font(text, self._kit.fonts.section)
        return group, table

    def _show_progress(self, state: ContributeState, inner_px: int) -> None:
        share: float | None = None
        facts = ""
        match state.phase:
            case Phase.LOOKING:
                share = state.looked[0] / max(1, state.looked[1])
            case Phase.SENDING | Phase.PAUSED | Phase.INTERRUPTED if state.transfer is not None:
                share = state.transfer.num_bytes / max(1, state.transfer.total_bytes)
                facts = say_transfer(state.transfer)
            case Phase.CHECKING if state.upload is not None:
                share = state.upload.checked / max(1, state.upload.total)
        dpg.configure_item(self._progress, show=share is not None)
        dpg.configure_item(self._bar, width=inner_px)
        dpg.configure_item(self._facts, show=bool(facts))
        dpg.set_value(self._bar, share or 0.0)
        dpg.set_value(self._facts, facts)

    def _show_buttons(self, view: TabView[ContributeState], inner_px: int) -> None:
        state = view.part
        phase, is_online = state.phase, view.server.mode is ServerMode.ONLINE
        is_free = is_online and not state.is_acting
        is_stopped = phase in (Phase.PAUSED, Phase.INTERRUPTED)
        is_begun = state.upload is not None and phase is not Phase.ENDED
        shown = {
            self._send: phase is Phase.READY and is_free and state.tally.num_ready > 0,
            self._continue: is_stopped and is_free,
            self._pause: phase is Phase.SENDING,
            self._accept: phase is Phase.REVIEW and is_free and bool(_count_accepted(state)),
            self._discard: is_begun and is_free,
            self._learn: phase is Phase.ENDED and _is_accepted(state),
            self._again: phase not in (Phase.CHOOSING, Phase.LOOKING, Phase.SENDING)
            or (phase is Phase.CHOOSING and state.upload is not None),
        }
        for button, is_shown in shown.items():
            dpg.configure_item(button, show=is_shown)
        for group, buttons in (
            (self._first, (self._send, self._continue, self._pause, self._accept, self._learn)),
            (self._second, (self._discard, self._again)),
        ):
            dpg.configure_item(group, show=any(shown[button] for button in buttons))
        widths = [dpg.get_item_width(button) or 0 for button in shown if shown[button]]
        fits = sum(widths) + self._kit.px(8) * len(widths) <= inner_px
        dpg.configure_item(self._buttons, show=bool(widths), horizontal=fits)
        dpg.configure_item(self._send, label=f"Send {say_count(state.tally.num_ready)}")

    def _show_unfinished(self, view: TabView[ContributeState]) -> None:
        unfinished = view.part.unfinished
        is_shown = (
            unfinished is not None
            and view.part.phase is Phase.CHOOSING
            and view.part.upload is None
            and unfinished.server_url == view.server.url
            and view.server.mode is ServerMode.ONLINE
        )
        dpg.configure_item(self._unfinished, show=is_shown)
        if unfinished is not None:
            dpg.set_value(
                self._unfinished_text,
                f"The photographs of {unfinished.source} were on their way when the window was "
                "closed. What has arrived is not sent again.",
            )

    def _show_tables(self, state: ContributeState, inner_px: int) -> None:
        with_summary = state.phase in _WITH_SUMMARY
        labels = [
            (say_class(class_name), f"{count:,}") for class_name, count in state.tally.by_class
        ]
        faults = [
            (f"{fault.num_files:,}", say_fault(fault.code), fault.first.name)
            for fault in state.tally.faults
        ]
        refused = [(file.name, file.reason) for file in state.refused]
        for (group, table), rows, is_wanted in (
            (self._labels, labels, with_summary),
            (self._faults, faults, with_summary),
            (self._refused, refused, state.phase in (Phase.REVIEW, Phase.ENDED)),
        ):
            dpg.configure_item(group, show=is_wanted and bool(rows))
            table.show(rows, inner_px)


def _count_accepted(state: ContributeState) -> int:
    return state.upload.accepted if state.upload is not None else 0


def _is_accepted(state: ContributeState) -> bool:
    return state.upload is not None and state.upload.status == "accepted"
