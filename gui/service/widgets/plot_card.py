"""The last minutes of one or two figures."""

import math
from typing import Any

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.plot_look import create_line_theme
from gui.kit.theme import Item, bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import place_centred
from gui.service.curves import (
    MAX_MINUTES,
    MIN_MINUTES,
    PlotContent,
    find_top,
    list_minute_ticks,
    to_line,
)
from gui.service.figures import Point

_PADDING = 14
_TITLE_HEIGHT = 26
_NOTHING = "nothing to draw yet"


class PlotCard:
    """Built once; ``show`` draws the points there are."""

    def __init__(
        self, kit: Toolkit[Any], content: PlotContent, plot_theme: Item, *, tag: str
    ) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._content = content
        self._shown: tuple[Point, ...] | None = None
        px = kit.px
        with dpg.child_window(border=True, no_scrollbar=True, tag=tag) as self.root:
            title = dpg.add_text(content.title, pos=(px(_PADDING), px(10)), color=tones.MUTED)
            with dpg.plot(
                pos=(px(_PADDING - 6), px(10 + _TITLE_HEIGHT)),
                no_menus=True,
                no_box_select=True,
                no_mouse_pos=True,
                no_title=True,
            ) as self._plot:
                dpg.add_plot_legend(
                    location=dpg.mvPlot_Location_NorthWest, horizontal=True, no_buttons=True
                )
                self._time = dpg.add_plot_axis(dpg.mvXAxis, no_gridlines=True)
                with dpg.plot_axis(dpg.mvYAxis) as self._value:
                    self._lines = [
                        dpg.add_line_series([], [], label=curve.label) for curve in content.curves
                    ]
            self._nothing = dpg.add_text(_NOTHING, pos=(0, 0), color=tones.MUTED, show=False)
        dpg.set_axis_limits(self._time, MIN_MINUTES, MAX_MINUTES)
        dpg.set_axis_ticks(self._time, list_minute_ticks())
        dpg.bind_item_theme(self.root, kit.themes.card)
        dpg.bind_item_theme(self._plot, plot_theme)
        for line, colour in zip(self._lines, (tones.ACCENT, tones.UNKNOWN), strict=False):
            dpg.bind_item_theme(line, create_line_theme(colour, kit.scale))
        for item in (title, self._plot, self._nothing):
            bind_font(item, kit.fonts.small)

    def show(self, points: tuple[Point, ...], area: Area) -> None:
        """Place it and draw; hide it without points."""
        dpg.configure_item(self.root, show=bool(points))
        if not points:
            return
        px = self._kit.px
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        dpg.configure_item(
            self._plot,
            width=area.width - 2 * px(_PADDING - 6),
            height=area.height - px(10 + _TITLE_HEIGHT + 6),
        )
        y = area.height // 2
        place_centred(self._nothing, _NOTHING, self._kit.fonts.small, area.width, y)
        if points is not self._shown:
            self._shown = points
            self._draw(points)

    def _draw(self, points: tuple[Point, ...]) -> None:
        drawn: list[float] = []
        for line, curve in zip(self._lines, self._content.curves, strict=True):
            minutes, values = to_line(points, curve)
            has_values = not all(math.isnan(value) for value in values)
            dpg.set_value(line, [minutes, values] if has_values else [[], []])
            dpg.configure_item(line, show=has_values)
            drawn += values if has_values else []
        dpg.set_axis_limits(self._value, 0, self._content.top or find_top(drawn))
        dpg.configure_item(self._nothing, show=not drawn)
