"""How plots look: their frame, and the line of each colour."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import Item
from gui.kit.tones import Colour


def create_plot_theme(scale: float) -> Item:
    """Make the theme of a plot that lies on a card."""
    colours: dict[int, Colour] = {
        dpg.mvPlotCol_FrameBg: tones.CARD,
        dpg.mvPlotCol_PlotBg: tones.CARD,
        dpg.mvPlotCol_PlotBorder: tones.BORDER,
        dpg.mvPlotCol_LegendBg: tones.CARD,
        dpg.mvPlotCol_LegendBorder: tones.CARD,
        dpg.mvPlotCol_LegendText: tones.INK,
        dpg.mvPlotCol_InlayText: tones.INK,
        dpg.mvPlotCol_AxisText: tones.MUTED,
        dpg.mvPlotCol_AxisGrid: tones.BORDER,
        dpg.mvPlotCol_AxisTick: tones.BORDER,
        dpg.mvPlotCol_AxisBgHovered: tones.CARD,
        dpg.mvPlotCol_AxisBgActive: tones.CARD,
    }
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvPlot):
        for target, colour in colours.items():
            dpg.add_theme_color(target, (*colour, 255), category=dpg.mvThemeCat_Plots)
        for variable, values in (
            (dpg.mvPlotStyleVar_PlotPadding, (2 * scale, 4 * scale)),
            (dpg.mvPlotStyleVar_LabelPadding, (6 * scale, 4 * scale)),
            (dpg.mvPlotStyleVar_LegendPadding, (0.0, 0.0)),
            (dpg.mvPlotStyleVar_LegendInnerPadding, (4 * scale, 2 * scale)),
            (dpg.mvPlotStyleVar_LegendSpacing, (10 * scale, 2 * scale)),
            (dpg.mvPlotStyleVar_MinorAlpha, (0.0,)),
        ):
            dpg.add_theme_style(variable, *values, category=dpg.mvThemeCat_Plots)
        # The card has an edge already.
        dpg.add_theme_style(dpg.mvStyleVar_FrameBorderSize, 0)
    return theme


def create_line_theme(colour: Colour, scale: float) -> Item:
    """Make the theme of a line."""
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvLineSeries):
        dpg.add_theme_color(dpg.mvPlotCol_Line, (*colour, 255), category=dpg.mvThemeCat_Plots)
        dpg.add_theme_style(dpg.mvPlotStyleVar_LineWeight, 2 * scale, category=dpg.mvThemeCat_Plots)
    return theme
