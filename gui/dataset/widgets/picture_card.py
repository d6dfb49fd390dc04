"""One picture with its heading, the sentence that it proves, and the small print."""

from collections.abc import Mapping
from typing import Any

import dearpygui.dearpygui as dpg

from gui.dataset import events
from gui.dataset.drawing import Drawing
from gui.dataset.figures import Bars, Dots, Figure, Listing, Spans
from gui.dataset.state import DatasetState
from gui.dataset.views import CHOICES, Choice
from gui.dataset.widgets.chart import Chart
from gui.dataset.widgets.dot_chart import DotChart
from gui.dataset.widgets.listing import ListingTable
from gui.dataset.widgets.plot_look import PlotLook
from gui.dataset.widgets.row_chart import RowChart
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.matrix import Matrix
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.matrix_chart import MatrixChart
from gui.kit.widgets.placing import measure_text

_PADDING = 20
_CHOICE_WIDTH = 190
_CHOICE_HEIGHT = 40
_TITLE_HEIGHT = 24
# Narrower, the sentence stands below the list of choices.
_MIN_BESIDE = 440
_GAP = 12
_MIN_CHART = 60
_READING = "Reading what the model has learned from ..."
_LOOKING = "Looking for the server ..."
_HOW = "Wheel: zoom. Drag: move. Double click: all."


class PictureCard:
    """Built once with every kind of chart; one is on show."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._drawing: Drawing | None = None
        self._chart: Chart[Any] | None = None
        look = PlotLook(kit.scale)
        with dpg.child_window(border=True, no_scrollbar=True, tag="picture_card") as self.root:
            self._title = dpg.add_text("", pos=(0, 0), color=tones.MUTED, tag="picture_title")
            self._choice = dpg.add_combo(
                callback=self._choose,
                width=kit.px(_CHOICE_WIDTH),
                pos=(0, 0),
                tag="picture_choice",
            )
            self._insight = dpg.add_text("", pos=(0, 0), color=tones.INK, tag="insight")
            rows, dots = RowChart(kit.fonts, look, kit.scale), DotChart(kit.fonts, look, kit.scale)
            self._charts: Mapping[type[Figure], Chart[Any]] = {
                Bars: rows,
                Spans: rows,
                Dots: dots,
                Matrix: MatrixChart(kit.fonts, look.plot, kit.scale),
                Listing: ListingTable(kit.fonts, kit.themes),
            }
            self._note = dpg.add_text("", pos=(0, 0), color=tones.MUTED, tag="picture_note")
            self._busy = dpg.add_loading_indicator(
                radius=2.0, color=tones.ACCENT, secondary_color=tones.ALSO, show=False, pos=(0, 0)
            )
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(self._title, kit.fonts.section)
        bind_font(self._note, kit.fonts.small)

    def show(self, state: DatasetState, drawing: Drawing | None, area: Area) -> None:
        """Show the picture, or that it is being read."""
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        padding = self._kit.px(_PADDING)
        inner_px = area.width - 2 * padding
        top = self._show_head(state, drawing, padding, inner_px)
        bottom = self._show_note(drawing, padding, area, is_saving=state.is_saving)
        dpg.configure_item(self._busy, show=drawing is None)
        dpg.set_item_pos(self._busy, [padding, top])
        figure = drawing.figure if drawing else None
        chart = self._charts[type(figure)] if figure else None
        for other in set(self._charts.values()):
            dpg.configure_item(other.root, show=other is chart)
        if chart is not None and figure is not None:
            height = max(bottom - top, self._kit.px(_MIN_CHART))
            dpg.set_item_pos(chart.root, [padding, top])
            if drawing is not self._drawing or chart is not self._chart:
                chart.fill(figure, inner_px, height)
            else:
                chart.resize(inner_px, height)
            chart.mark(state.mark)
        self._drawing, self._chart = drawing, chart

    def settle(self) -> None:
        """Do what must wait for a frame; called after each."""
        if self._chart is not None:
            self._chart.settle()

    def find_mark(self) -> int | None:
        """Return the mark under the pointer."""
        return self._chart.find_mark() if self._chart is not None else None

    @property
    def is_choosing(self) -> bool:
        """The list of choices has the keyboard."""
        return bool(dpg.is_item_focused(self._choice))

    def _show_head(
        self, state: DatasetState, drawing: Drawing | None, padding: int, inner_px: int
    ) -> int:
        """Write heading and sentence; return where the chart begins."""
        choices = CHOICES[state.view]
        has_choice = len(choices) > 1 and drawing is not None
        # The saved picture goes without: there is nothing to choose in it.
        dpg.configure_item(self._choice, show=has_choice and not state.is_saving)
        dpg.configure_item(self._choice, items=[choice.value for choice in choices])
        dpg.set_value(self._choice, state.choice.value)
        choice_px = self._kit.px(_CHOICE_WIDTH)
        dpg.set_item_pos(self._choice, [padding + inner_px - choice_px, padding])
        title = drawing.title.upper() if drawing else "DATASET"
        insight = drawing.insight if drawing else _READING if state.is_loading else _LOOKING
        dpg.set_value(self._title, title)
        dpg.set_item_pos(self._title, [padding, padding])
        title_height = self._kit.px(_TITLE_HEIGHT)
        beside_px = inner_px - choice_px - self._kit.px(_PADDING)
        is_beside = not has_choice or beside_px >= self._kit.px(_MIN_BESIDE)
        wrap_px = beside_px if has_choice and is_beside else inner_px
        y = title_height if is_beside else self._kit.px(_CHOICE_HEIGHT + _GAP)
        dpg.set_value(self._insight, insight)
        dpg.configure_item(self._insight, wrap=wrap_px)
        dpg.set_item_pos(self._insight, [padding, padding + y])
        _, insight_height = measure_text(insight, self._kit.fonts.body, wrap_px=wrap_px)
        head = max(y + round(insight_height), self._kit.px(_CHOICE_HEIGHT))
        return padding + head + self._kit.px(_GAP)

    def _show_note(
        self, drawing: Drawing | None, padding: int, area: Area, *, is_saving: bool
    ) -> int:
        """Write the small print; return where the chart ends."""
        note = drawing.note if drawing else ""
        wrap_px = area.width - 2 * padding
        figure = drawing.figure if drawing else None
        can_move = figure is not None and not isinstance(figure, Listing)
        # Nor can a saved picture be moved.
        if can_move and not is_saving:
            note = self._join(note, _HOW, wrap_px)
        dpg.set_value(self._note, note)
        dpg.configure_item(self._note, wrap=wrap_px)
        _, height = measure_text(note, self._kit.fonts.small, wrap_px=wrap_px)
        top = area.height - padding - round(height)
        dpg.set_item_pos(self._note, [padding, top])
        return top - self._kit.px(_GAP)

    def _join(self, note: str, how: str, room_px: int) -> str:
        """Put both in one line if they fit."""
        line = f"{note} {how}".strip()
        fits = measure_text(line, self._kit.fonts.small)[0] <= room_px
        return line if fits else f"{note}\n{how}"

    def _choose(self, _sender: int, label: str) -> None:
        self._kit.post(events.ChoiceMade(choice=Choice(label)))
