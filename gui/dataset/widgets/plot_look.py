"""How plots look: their frame, and a theme for each colour that a series has."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import Item
from gui.kit.tones import Colour

_DOT = 3.0
_RING = 8.0


class PlotLook:
    """Themes made once for all plots of the page; colours are those of the palette in use."""

    def __init__(self, scale: float) -> None:
        """Make the frame's theme; the others when they are first asked for."""
        self._scale = scale
        self._series: dict[Colour, Item] = {}
        self.plot = self._create_plot()
        self.ring = self._create_ring()

    def get_series(self, colour: Colour) -> Item:
        """Return the theme of bars, dots and lines in ``colour``."""
        if colour not in self._series:
            self._series[colour] = self._create_series(colour)
        return self._series[colour]

    def _create_plot(self) -> Item:
        colours: dict[int, Colour] = {
            dpg.mvPlotCol_FrameBg: tones.CARD,
            dpg.mvPlotCol_PlotBg: tones.CARD,
            dpg.mvPlotCol_PlotBorder: tones.BORDER,
            dpg.mvPlotCol_LegendBg: tones.CARD,
            dpg.mvPlotCol_LegendBorder: tones.CARD,
            dpg.mvPlotCol_LegendText: tones.INK,
            dpg.mvPlotCol_InlayText: tones.INK,
            dpg.mvPlotCol_AxisText: tones.INK,
            dpg.mvPlotCol_AxisGrid: tones.BORDER,
            dpg.mvPlotCol_AxisTick: tones.BORDER,
            dpg.mvPlotCol_AxisBgHovered: tones.HOVER,
            dpg.mvPlotCol_AxisBgActive: tones.TRACK,
        }
        px = self._scale
        theme: Item
        with dpg.theme() as theme, dpg.theme_component(dpg.mvPlot):
            for target, colour in colours.items():
                _add_colour(target, colour)
            _add_style(dpg.mvPlotStyleVar_PlotPadding, 4 * px, 4 * px)
            _add_style(dpg.mvPlotStyleVar_LabelPadding, 6 * px, 5 * px)
            _add_style(dpg.mvPlotStyleVar_LegendPadding, 4 * px, 4 * px)
            _add_style(dpg.mvPlotStyleVar_LegendSpacing, 10 * px, 4 * px)
            _add_style(dpg.mvPlotStyleVar_PlotBorderSize, 1)
            _add_style(dpg.mvPlotStyleVar_MinorAlpha, 0.0)
            # It lies on a card already.
            dpg.add_theme_style(dpg.mvStyleVar_FrameBorderSize, 0)
        return theme

    def _create_series(self, colour: Colour) -> Item:
        px = self._scale
        theme: Item
        with dpg.theme() as theme:
            with dpg.theme_component(dpg.mvBarSeries):
                _add_colour(dpg.mvPlotCol_Fill, colour)
                _add_colour(dpg.mvPlotCol_Line, colour)
            with dpg.theme_component(dpg.mvErrorSeries):
                _add_colour(dpg.mvPlotCol_ErrorBar, colour)
                _add_style(dpg.mvPlotStyleVar_ErrorBarWeight, 2 * px)
                _add_style(dpg.mvPlotStyleVar_ErrorBarSize, 0)
            with dpg.theme_component(dpg.mvScatterSeries):
                _add_colour(dpg.mvPlotCol_MarkerFill, colour)
                _add_colour(dpg.mvPlotCol_MarkerOutline, colour)
                _add_style(dpg.mvPlotStyleVar_Marker, dpg.mvPlotMarker_Circle)
                _add_style(dpg.mvPlotStyleVar_MarkerSize, _DOT * px)
        return theme

    def _create_ring(self) -> Item:
        theme: Item
        with dpg.theme() as theme, dpg.theme_component(dpg.mvScatterSeries):
            dpg.add_theme_color(
                dpg.mvPlotCol_MarkerFill, (0, 0, 0, 0), category=dpg.mvThemeCat_Plots
            )
            _add_colour(dpg.mvPlotCol_MarkerOutline, tones.INK)
            _add_style(dpg.mvPlotStyleVar_Marker, dpg.mvPlotMarker_Circle)
            _add_style(dpg.mvPlotStyleVar_MarkerSize, _RING * self._scale)
            _add_style(dpg.mvPlotStyleVar_MarkerWeight, 2 * self._scale)
        return theme


def _add_colour(target: int, colour: Colour) -> None:
    dpg.add_theme_color(target, (*colour, 255), category=dpg.mvThemeCat_Plots)


def _add_style(target: int, *values: float) -> None:
    dpg.add_theme_style(target, *values, category=dpg.mvThemeCat_Plots)
