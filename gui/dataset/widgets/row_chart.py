"""Bars and spans in rows, each with its name; many rows are moved through."""

from collections.abc import Sequence

import dearpygui.dearpygui as dpg

from gui.dataset.figures import BarRow, Bars, Span, SpanRow, Spans
from gui.dataset.widgets.plot_look import PlotLook
from gui.kit.series import get_series_colour
from gui.kit.theme import Fonts, Item, bind_font
from gui.kit.tones import Colour
from gui.kit.widgets.axis import Axis

_ROW = 19
_AROUND = 62
_MAX_ROW = 44
_BAR_WEIGHT = 0.66
_DODGE = 0.3
_MARGIN = 0.03
_ROOM = 1.03


class RowChart:
    """Shows the first rows that fit; the wheel and dragging bring the others."""

    def __init__(self, fonts: Fonts, look: PlotLook, scale: float) -> None:
        """Build the empty plot inside the open container, hidden."""
        self._look = look
        self._scale = scale
        self._num_rows = 0
        self._size_px = (0, 0)
        # In a group: a plot with a position of its own does not know that it is pointed at.
        with (
            dpg.group(pos=(0, 0), show=False) as self.root,
            dpg.plot(no_title=True, no_menus=True, no_mouse_pos=True) as self._plot,
        ):
            self._legend = dpg.add_plot_legend(
                location=dpg.mvPlot_Location_North, horizontal=True, outside=True
            )
            self._x = dpg.add_plot_axis(dpg.mvXAxis, no_highlight=True)
            self._y = dpg.add_plot_axis(
                dpg.mvYAxis, invert=True, no_gridlines=True, no_tick_marks=True
            )
        self._axes = Axis(self._x), Axis(self._y)
        dpg.bind_item_theme(self._plot, look.plot)
        bind_font(self._plot, fonts.small)

    def fill(self, figure: Bars | Spans, width_px: int, height_px: int) -> None:
        """Draw the rows."""
        dpg.delete_item(self._y, children_only=True, slot=1)
        rows: Sequence[BarRow | SpanRow] = figure.rows
        self._num_rows = len(rows)
        dpg.configure_item(self._x, label=figure.axis)
        # One series of no name needs no legend.
        dpg.configure_item(self._legend, show=any(figure.series))
        dpg.set_axis_ticks(self._y, tuple((row.label, float(idx)) for idx, row in enumerate(rows)))
        low, high = self._add_bars(figure) if isinstance(figure, Bars) else self._add_spans(figure)
        self._axes[0].show(low, high, bounds=(low, high))
        self._size_px = (0, 0)
        self.resize(width_px, height_px)

    def resize(self, width_px: int, height_px: int) -> None:
        """Take another size; as many rows as fit are shown, from the first one."""
        if (width_px, height_px) == self._size_px:
            return
        self._size_px = width_px, height_px
        # A few rows are not blown up to fill the card.
        most = round((self._num_rows * _MAX_ROW + _AROUND) * self._scale)
        height_px = max(1, min(height_px, most))
        dpg.configure_item(self._plot, width=width_px, height=height_px)
        room = (height_px - _AROUND * self._scale) / (_ROW * self._scale)
        num_shown = max(1.0, min(float(self._num_rows), room))
        bounds = (-0.6, self._num_rows - 0.4)
        self._axes[1].show(-0.6, num_shown - 0.4, bounds=bounds)

    def settle(self) -> None:
        """Let the user zoom and move."""
        for axis in self._axes:
            axis.settle()

    def find_mark(self) -> int | None:
        """Return the row under the pointer."""
        if not dpg.is_item_hovered(self._plot):
            return None
        row = round(dpg.get_plot_mouse_pos()[1])
        return row if 0 <= row < self._num_rows else None

    def mark(self, mark: int | None) -> None:
        """Do nothing: the tip beside the pointer is enough."""

    def _add_bars(self, figure: Bars) -> tuple[float, float]:
        places = [float(idx) for idx in range(len(figure.rows))]
        for part, name in enumerate(figure.series):
            # Empty, for the legend: its order is not that of drawing.
            self._add_bar_series([], [], part, label=name)
        # The longest first: each part lies on the ones that reach further.
        for part in reversed(range(len(figure.series))):
            ends = [float(sum(row.lengths[: part + 1])) for row in figure.rows]
            self._add_bar_series(ends, places, part)
        longest = max((sum(row.lengths) for row in figure.rows), default=1)
        return 0.0, max(1.0, longest * _ROOM)

    def _add_bar_series(
        self, ends: list[float], places: list[float], part: int, *, label: str | None = None
    ) -> None:
        series = dpg.add_bar_series(
            ends, places, horizontal=True, weight=_BAR_WEIGHT, label=label, parent=self._y
        )
        dpg.bind_item_theme(series, self._look.get_series(get_series_colour(part)))

    def _add_spans(self, figure: Spans) -> tuple[float, float]:
        for part, name in enumerate(figure.series):
            if name:
                legend = dpg.add_scatter_series([], [], label=name, parent=self._y)
                dpg.bind_item_theme(legend, self._look.get_series(get_series_colour(part)))
        by_colour: dict[Colour, list[tuple[float, Span]]] = {}
        for row_idx, row in enumerate(figure.rows):
            for place, part, span in _spread(row_idx, row):
                by_colour.setdefault(span.paint or get_series_colour(part), []).append(
                    (place, span)
                )
        for colour, placed in by_colour.items():
            self._add_dots(placed, self._look.get_series(colour))
        spans = [span for placed in by_colour.values() for _, span in placed]
        low = min((span.low for span in spans), default=0.0)
        high = max((span.high for span in spans), default=1.0)
        margin = max(1.0, (high - low) * _MARGIN)
        return low - margin, high + margin

    def _add_dots(self, placed: Sequence[tuple[float, Span]], theme: Item) -> None:
        x, y = [span.middle for _, span in placed], [place for place, _ in placed]
        below = [span.middle - span.low for _, span in placed]
        above = [span.high - span.middle for _, span in placed]
        for series in (
            dpg.add_error_series(x, y, below, above, horizontal=True, parent=self._y),
            dpg.add_scatter_series(x, y, parent=self._y),
        ):
            dpg.bind_item_theme(series, theme)


def _spread(row_idx: int, row: SpanRow) -> list[tuple[float, int, Span]]:
    """Return where the spans of a row lie, with their series; several lie above each other."""
    there = [(part, span) for part, span in enumerate(row.spans) if span is not None]
    first = row_idx - _DODGE * (len(there) - 1) / 2
    return [(first + _DODGE * nth, part, span) for nth, (part, span) in enumerate(there)]
