"""The curves of a run: how its loss falls, and how often it is right."""

from collections.abc import Sequence

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.plot_look import create_line_theme, create_plot_theme
from gui.kit.theme import Item, bind_font
from gui.kit.toolkit import Toolkit
from gui.retrain import events
from gui.retrain.values import Point

_HEIGHT = 190
_GAP = 8
_LOSSES = (("train/loss", "loss, learning"), ("val/loss", "loss, to judge by"))
_SHARES = (("val/macro_f1", "F1"), ("val/top1_accuracy", "right"))


class Curves:
    """Two plots side by side, built once; hidden until there are points."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the plots inside the open container, hidden."""
        self._kit = kit
        self._shown: tuple[Sequence[Point], int] = ((), 0)
        with dpg.group(horizontal=True, show=False) as self.root:
            self._losses = _Plot(kit, "Loss (low is good)", _LOSSES)
            self._shares = _Plot(kit, "Right answers (high is good)", _SHARES)

    def show(self, points: Sequence[Point], width_px: int) -> None:
        """Draw the points; one plot takes all the room where there is nothing for the other."""
        if self._shown == (points, width_px):
            return
        self._shown = (points, width_px)
        dpg.configure_item(self.root, show=bool(points))
        drawn = [plot for plot in (self._losses, self._shares) if plot.show(points)]
        gaps_px = self._kit.px(_GAP) * (len(drawn) - 1)
        for plot in drawn:
            dpg.configure_item(plot.root, width=(width_px - gaps_px) // len(drawn))


class _Plot:
    def __init__(
        self, kit: Toolkit[events.Event], title: str, series: Sequence[tuple[str, str]]
    ) -> None:
        self._series: dict[str, Item] = {}
        with dpg.plot(
            label=title,
            height=kit.px(_HEIGHT),
            width=kit.px(_HEIGHT),
            no_menus=True,
            no_box_select=True,
            no_mouse_pos=True,
        ) as self.root:
            dpg.add_plot_legend(location=dpg.mvPlot_Location_NorthEast)
            self._x = dpg.add_plot_axis(dpg.mvXAxis, label="step")
            with dpg.plot_axis(dpg.mvYAxis) as self._y:
                for (name, words), colour in zip(series, (tones.ACCENT, tones.ALSO), strict=True):
                    line = dpg.add_line_series([], [], label=words)
                    dpg.bind_item_theme(line, create_line_theme(colour, kit.scale))
                    self._series[name] = line
        dpg.bind_item_theme(self.root, create_plot_theme(kit.scale))
        bind_font(self.root, kit.fonts.small)

    def show(self, points: Sequence[Point]) -> bool:
        """Draw what there is of this plot's series; False, and hidden, if there is nothing."""
        has_any = False
        for name, line in self._series.items():
            found = [
                (point.epoch, point.metrics[name]) for point in points if name in point.metrics
            ]
            has_any |= bool(found)
            dpg.set_value(line, [[float(x) for x, _ in found], [y for _, y in found]])
            dpg.configure_item(line, show=bool(found))
        dpg.configure_item(self.root, show=has_any)
        if has_any:
            dpg.fit_axis_data(self._x)
            dpg.fit_axis_data(self._y)
        return has_any
