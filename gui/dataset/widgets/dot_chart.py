"""Dots on a plane, coloured by kind."""

import dearpygui.dearpygui as dpg

from gui.dataset.figures import Dots
from gui.dataset.widgets.plot_look import PlotLook
from gui.kit import tones
from gui.kit.series import get_series_colour
from gui.kit.theme import Fonts, Item, bind_font
from gui.kit.widgets.axis import Axis

_EDGE = 1.06
# The pointer need not hit a dot of seven pixels.
_REACH = 12


class DotChart:
    """The whole map at first; the wheel zooms to the pointer."""

    def __init__(self, fonts: Fonts, look: PlotLook, scale: float) -> None:
        """Build the empty plot inside the open container, hidden."""
        self._look = look
        self._scale = scale
        self._figure: Dots | None = None
        self._ring: Item | None = None
        options = {
            "no_tick_labels": True,
            "no_tick_marks": True,
            "no_gridlines": True,
            "no_highlight": True,
        }
        # In a group: a plot with a position of its own does not know that it is pointed at.
        with (
            dpg.group(pos=(0, 0), show=False) as self.root,
            dpg.plot(no_title=True, no_menus=True, no_mouse_pos=True) as self._plot,
        ):
            dpg.add_plot_legend(location=dpg.mvPlot_Location_East, outside=True)
            self._x = dpg.add_plot_axis(dpg.mvXAxis, **options)
            self._y = dpg.add_plot_axis(dpg.mvYAxis, **options)
        self._axes = Axis(self._x), Axis(self._y)
        dpg.bind_item_theme(self._plot, look.plot)
        bind_font(self._plot, fonts.small)

    def fill(self, figure: Dots, width_px: int, height_px: int) -> None:
        """Draw the dots, those of no group first."""
        self._figure = figure
        dpg.delete_item(self._y, children_only=True, slot=1)
        if figure.others:
            self._add(figure, figure.others, tones.BORDER, "others")
        for (name, dots), hue in zip(figure.groups.items(), figure.hues, strict=True):
            self._add(figure, dots, get_series_colour(hue), name)
        self._ring = dpg.add_scatter_series([], [], parent=self._y)
        dpg.bind_item_theme(self._ring, self._look.ring)
        for axis in self._axes:
            axis.show(-_EDGE, _EDGE, bounds=(-_EDGE, _EDGE))
        self.resize(width_px, height_px)

    def resize(self, width_px: int, height_px: int) -> None:
        """Take another size."""
        dpg.configure_item(self._plot, width=width_px, height=height_px)

    def settle(self) -> None:
        """Let the user zoom and move."""
        for axis in self._axes:
            axis.settle()

    def find_mark(self) -> int | None:
        """Return the dot nearest to the pointer, if one is near."""
        figure = self._figure
        if figure is None or not dpg.is_item_hovered(self._plot):
            return None
        pointer_x, pointer_y = dpg.get_plot_mouse_pos()
        width_px, height_px = dpg.get_item_rect_size(self._plot)
        px_of_x = width_px / _measure(self._x)
        px_of_y = height_px / _measure(self._y)
        reach = (_REACH * self._scale) ** 2
        nearest, best = None, reach
        for dots in figure.groups.values():
            for idx in dots:
                away = ((figure.x[idx] - pointer_x) * px_of_x) ** 2
                if away < best:
                    away += ((figure.y[idx] - pointer_y) * px_of_y) ** 2
                    if away < best:
                        nearest, best = idx, away
        return nearest

    def mark(self, mark: int | None) -> None:
        """Put a ring around the dot."""
        if self._ring is None or self._figure is None:
            return
        places = [[], []] if mark is None else [[self._figure.x[mark]], [self._figure.y[mark]]]
        dpg.set_value(self._ring, places)

    def _add(self, figure: Dots, dots: tuple[int, ...], colour: tones.Colour, name: str) -> None:
        x, y = [figure.x[idx] for idx in dots], [figure.y[idx] for idx in dots]
        series = dpg.add_scatter_series(x, y, label=name, parent=self._y)
        dpg.bind_item_theme(series, self._look.get_series(colour))


def _measure(axis: Item) -> float:
    low, high = dpg.get_axis_limits(axis)
    return max(float(high - low), 1e-9)
