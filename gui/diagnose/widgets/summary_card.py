"""What a set shows, counted, and where it can be saved."""

from dataclasses import dataclass
from datetime import date

import dearpygui.dearpygui as dpg

from gui.diagnose import events
from gui.diagnose.export_events import ExportKind
from gui.diagnose.set_words import say_export, say_set
from gui.diagnose.state import DiagnoseState
from gui.diagnose.table import Tally, count_conditions
from gui.diagnose.widgets.dialogs import SaveDialog
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.theme import Item, bind_font
from gui.kit.tones import Tone
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide, measure_text

_PADDING = 20
_BAR_HEIGHT = 10
_SCROLLBAR = 10
# 38 classes, six reasons why not, and one for what only a newer server knows.
_MAX_TALLIES = 45
_FOUND = "What was found"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    root: Item
    label: Item
    gap: Item
    count: Item
    bar: Item


class SummaryCard:
    """Built once with all its lines; ``show`` fills them."""

    def __init__(self, kit: Toolkit[events.Event], dialogs: dict[ExportKind, SaveDialog]) -> None:
        """Build the parts inside the open container; the dialogs ask where to save."""
        self._kit = kit
        self._dialogs = dialogs
        with dpg.child_window(border=True, tag="summary_card") as self.root:
            eyebrow = dpg.add_text("THIS SET", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(2))
            self._headline = dpg.add_text("")
            dpg.add_spacer(height=kit.px(4))
            self._detail = dpg.add_text("", color=tones.MUTED)
            self._progress = dpg.add_progress_bar(height=kit.px(_BAR_HEIGHT), show=False)
            dpg.add_spacer(height=kit.px(6))
            self._csv = self._add_button("Save as a table ...", ExportKind.CSV)
            self._report = self._add_button("Printable report ...", ExportKind.REPORT)
            self._export = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(10))
            self._section = dpg.add_text(_FOUND)
            dpg.add_spacer(height=kit.px(4))
            self._lines = [self._add_line() for _ in range(_MAX_TALLIES)]
        dpg.bind_item_theme(self.root, kit.themes.card)
        dpg.bind_item_theme(self._progress, kit.themes.bars[Tone.KNOWN])
        bind_font(eyebrow, kit.fonts.section)
        bind_font(self._headline, kit.fonts.headline)
        bind_font(self._export, kit.fonts.small)
        bind_font(self._section, kit.fonts.section)

    def show(self, state: DiagnoseState, area: Area) -> None:
        """Show how many photos show what."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING + _SCROLLBAR + 2)
        for item in (self._headline, self._detail, self._export):
            dpg.configure_item(item, wrap=inner_px)
        headline, detail = say_set(state)
        dpg.set_value(self._headline, headline)
        dpg.set_value(self._detail, detail)
        num_photos, num_done = len(state.photos), state.num_done
        is_running = num_done < num_photos
        dpg.configure_item(self._progress, show=is_running, width=inner_px)
        dpg.set_value(self._progress, num_done / num_photos if num_photos else 0.0)
        can_save = num_photos > 0 and not is_running and not state.export.is_running
        for button in (self._csv, self._report):
            dpg.configure_item(button, width=inner_px, show=can_save)
        self._show_export(state, num_photos)
        tallies = count_conditions(state.photos)
        dpg.configure_item(self._section, show=bool(tallies))
        most = max((tally.count for tally in tallies), default=1)
        for idx, line in enumerate(self._lines):
            dpg.configure_item(line.root, show=idx < len(tallies))
            if idx < len(tallies):
                self._fill(line, tallies[idx], most, inner_px)

    def _show_export(self, state: DiagnoseState, num_photos: int) -> None:
        text = say_export(state.export, num_photos)
        dpg.set_value(self._export, text)
        has_failed = state.export.problem is not None
        colour = Tone.FAILED.colour if has_failed else tones.MUTED
        dpg.configure_item(self._export, show=bool(text), color=colour)

    def _add_button(self, label: str, kind: ExportKind) -> Item:
        button: Item = dpg.add_button(
            label=label,
            tag=f"export_{kind.name.lower()}",
            callback=lambda: self._ask(kind),
        )
        return button

    def _ask(self, kind: ExportKind) -> None:
        today = date.today()  # noqa: DTZ011 (the user's own)
        self._dialogs[kind].ask(f"leafray {today:%Y-%m-%d}")

    def _add_line(self) -> _Line:
        with dpg.group(show=False) as root:
            with dpg.group(horizontal=True):
                label = dpg.add_text("")
                gap = dpg.add_spacer(width=1)
                count = dpg.add_text("")
            bar = dpg.add_progress_bar(height=self._kit.px(_BAR_HEIGHT))
            dpg.add_spacer(height=self._kit.px(6))
        return _Line(root=root, label=label, gap=gap, count=count, bar=bar)

    def _fill(self, line: _Line, tally: Tally, most: int, inner_px: int) -> None:
        font = self._kit.fonts.body
        count = str(tally.count)
        count_px, _ = measure_text(count, font)
        spacing_px = 2 * self._kit.px(8)
        label = elide(tally.label, inner_px - count_px - spacing_px - self._kit.px(12), font)
        label_px, _ = measure_text(label, font)
        dpg.set_value(line.label, label)
        dpg.set_value(line.count, count)
        gap_px = max(1, round(inner_px - label_px - count_px - spacing_px))
        dpg.configure_item(line.gap, width=gap_px)
        dpg.configure_item(line.bar, width=inner_px)
        dpg.set_value(line.bar, tally.count / most)
        dpg.bind_item_theme(line.bar, self._kit.themes.bars[tally.tone])
