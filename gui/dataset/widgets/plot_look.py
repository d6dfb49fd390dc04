"""A theme for each colour that a series of a plot has."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.plot_look import create_plot_theme
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
        self.plot = create_plot_theme(scale)
        self.ring = self._create_ring()

    def get_series(self, colour: Colour) -> Item:
        """Return the theme of bars, dots and lines in ``colour``."""
        if colour not in self._series:
            self._series[colour] = self._create_series(colour)
        return self._series[colour]

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
