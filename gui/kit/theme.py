"""Fonts and themes of Dear PyGui's items, made once after the context."""

from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.fonts import find_font_files
from gui.kit.tones import Colour, Tone

Item = int | str

_BODY = 16
_SMALL = 14
_SECTION = 14
_HEADLINE = 23
_TITLE = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Fonts:
    """Fonts by use; 0 where there is no font file."""

    body: Item
    small: Item
    section: Item
    headline: Item
    title: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Themes:
    """Themes of kinds of items; ``bars`` and ``status`` by tone."""

    card: Item
    plain: Item
    inset: Item
    log: Item
    header: Item
    rail: Item
    tab: Item
    tab_selected: Item
    banner: Item
    root: Item
    primary: Item
    option: Item
    option_selected: Item
    choice: Item
    table: Item
    thumbnail: Item
    thumbnail_selected: Item
    thumbnail_marked: Item
    fold: Item
    slider: Item
    bars: dict[Tone, Item]
    bars_also: Item


def load_fonts(scale: float) -> Fonts:
    """Load one family at the sizes in use, times ``scale``, so that text is never blown up."""
    files = find_font_files()
    if files is None:
        return Fonts(body=0, small=0, section=0, headline=0, title=0)
    regular, bold = str(files.regular), str(files.bold)

    def load(file: str, size: int) -> Item:
        font: Item = dpg.add_font(file, round(size * scale))
        return font

    with dpg.font_registry():
        return Fonts(
            body=load(regular, _BODY),
            small=load(regular, _SMALL),
            section=load(bold, _SECTION),
            headline=load(bold, _HEADLINE),
            title=load(bold, _TITLE),
        )


def bind_font(item: Item, font: Item) -> None:
    """Bind a font unless there is none."""
    if font:
        dpg.bind_item_font(item, font)


def create_themes(scale: float) -> Themes:
    """Make all themes and bind the window's own."""
    dpg.bind_theme(_create_base(scale))
    return Themes(
        card=_create_child(tones.CARD, tones.BORDER, padding=20 * scale, rounding=10 * scale),
        plain=_create_child(tones.BACKGROUND, tones.FRAME, padding=0, rounding=0),
        inset=_create_child(tones.CARD, tones.FRAME, padding=0, rounding=0),
        log=_create_child(tones.BACKGROUND, tones.BORDER, padding=10 * scale, rounding=6 * scale),
        header=_create_child(tones.CARD, tones.BORDER, padding=0, rounding=0),
        rail=_create_child(tones.CARD, tones.CARD, padding=8 * scale, rounding=0),
        tab=_create_tab(tones.CARD, tones.MUTED, scale),
        tab_selected=_create_tab(tones.HOVER, tones.ACCENT_DARK, scale),
        banner=_create_child(
            tones.ERROR_TINT, tones.ERROR_BORDER, padding=14 * scale, rounding=8 * scale
        ),
        root=_create_root(),
        primary=_create_button(tones.ACCENT, tones.ACCENT_BRIGHT, tones.ACCENT_DARK, tones.WHITE),
        option=_create_option(tones.CARD, tones.FRAME, tones.INK),
        option_selected=_create_option(tones.HOVER, tones.ACCENT, tones.ACCENT_DARK),
        choice=_create_choice(scale),
        table=_create_table(scale),
        thumbnail=_create_thumbnail(tones.BORDER, scale),
        thumbnail_selected=_create_thumbnail(tones.ACCENT, scale),
        thumbnail_marked=_create_thumbnail(tones.ALSO, scale),
        fold=_create_fold(scale),
        slider=_create_slider(scale),
        bars={tone: _create_bar(tone.colour, scale) for tone in Tone},
        bars_also=_create_bar(tones.ALSO, scale),
    )


def _create_base(scale: float) -> Item:
    colours: dict[int, Colour] = {
        dpg.mvThemeCol_WindowBg: tones.BACKGROUND,
        dpg.mvThemeCol_ChildBg: tones.BACKGROUND,
        dpg.mvThemeCol_PopupBg: tones.CARD,
        dpg.mvThemeCol_Text: tones.INK,
        dpg.mvThemeCol_TextDisabled: tones.MUTED,
        dpg.mvThemeCol_Border: tones.FRAME,
        dpg.mvThemeCol_BorderShadow: tones.CARD,
        dpg.mvThemeCol_Separator: tones.BORDER,
        dpg.mvThemeCol_FrameBg: tones.FIELD,
        dpg.mvThemeCol_FrameBgHovered: tones.FIELD,
        dpg.mvThemeCol_FrameBgActive: tones.FIELD,
        dpg.mvThemeCol_Button: tones.CARD,
        dpg.mvThemeCol_ButtonHovered: tones.HOVER,
        dpg.mvThemeCol_ButtonActive: tones.TRACK,
        dpg.mvThemeCol_Header: tones.HOVER,
        dpg.mvThemeCol_HeaderHovered: tones.TRACK,
        dpg.mvThemeCol_HeaderActive: tones.TRACK,
        dpg.mvThemeCol_TitleBg: tones.CARD,
        dpg.mvThemeCol_TitleBgActive: tones.CARD,
        dpg.mvThemeCol_TitleBgCollapsed: tones.CARD,
        dpg.mvThemeCol_TableHeaderBg: tones.TRACK,
        dpg.mvThemeCol_TableRowBg: tones.CARD,
        dpg.mvThemeCol_TableRowBgAlt: tones.CARD,
        dpg.mvThemeCol_TableBorderStrong: tones.BORDER,
        dpg.mvThemeCol_TableBorderLight: tones.BORDER,
        dpg.mvThemeCol_ScrollbarBg: tones.BACKGROUND,
        dpg.mvThemeCol_ScrollbarGrab: tones.BORDER,
        dpg.mvThemeCol_ScrollbarGrabHovered: tones.FAINT,
        dpg.mvThemeCol_ScrollbarGrabActive: tones.FAINT,
        dpg.mvThemeCol_CheckMark: tones.ACCENT,
        dpg.mvThemeCol_TextSelectedBg: tones.ALSO,
        dpg.mvThemeCol_ModalWindowDimBg: tones.SHADE,
        # The frame of the part that the keyboard has.
        dpg.mvThemeCol_NavCursor: tones.ACCENT,
    }
    alphas = {dpg.mvThemeCol_ModalWindowDimBg: 130, dpg.mvThemeCol_BorderShadow: 0}
    theme: Item
    with dpg.theme() as theme:
        _fill_base(colours, alphas, scale)
        for kind in (dpg.mvButton, dpg.mvInputText, dpg.mvCombo):
            with dpg.theme_component(kind):
                dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 14 * scale, 12 * scale)
        with dpg.theme_component(dpg.mvText):
            # Dear PyGui gives every line of text the frame's padding too.
            dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 0, 0)
    return theme


def _fill_base(colours: dict[int, Colour], alphas: dict[int, int], scale: float) -> None:
    with dpg.theme_component(dpg.mvAll):
        for target, colour in colours.items():
            dpg.add_theme_color(target, (*colour, alphas.get(target, 255)))
        # The file dialogs take no theme of their own: these two are for them.
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 16 * scale, 14 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 10 * scale, 6 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_ItemSpacing, 8 * scale, 6 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FrameRounding, 8 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FrameBorderSize, 1)
        dpg.add_theme_style(dpg.mvStyleVar_ChildBorderSize, 1)
        dpg.add_theme_style(dpg.mvStyleVar_WindowBorderSize, 0)
        dpg.add_theme_style(dpg.mvStyleVar_ScrollbarSize, 10 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_ScrollbarRounding, 5 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_PopupRounding, 8 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_WindowRounding, 8 * scale)


def _create_child(fill: Colour, border: Colour, *, padding: float, rounding: float) -> Item:
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvChildWindow):
        dpg.add_theme_color(dpg.mvThemeCol_ChildBg, fill)
        dpg.add_theme_color(dpg.mvThemeCol_Border, border)
        dpg.add_theme_style(dpg.mvStyleVar_ChildRounding, rounding)
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, padding, padding)
    return theme


def _create_button(fill: Colour, hovered: Colour, active: Colour, text: Colour) -> Item:
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvButton):
        dpg.add_theme_color(dpg.mvThemeCol_Button, fill)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, hovered)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, active)
        dpg.add_theme_color(dpg.mvThemeCol_Border, fill)
        dpg.add_theme_color(dpg.mvThemeCol_Text, text)
    return theme


def _create_option(fill: Colour, border: Colour, text: Colour) -> Item:
    """Make the theme of a button that is one of several choices."""
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvButton):
        dpg.add_theme_color(dpg.mvThemeCol_Button, fill)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, tones.HOVER)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, tones.TRACK)
        dpg.add_theme_color(dpg.mvThemeCol_Border, border)
        dpg.add_theme_color(dpg.mvThemeCol_Text, text)
    return theme


def _create_choice(scale: float) -> Item:
    """Make the theme of a wide button in a list of answers."""
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvButton):
        dpg.add_theme_style(dpg.mvStyleVar_ButtonTextAlign, 0.0, 0.5)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 14 * scale, 8 * scale)
    return theme


def _create_table(scale: float) -> Item:
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvTable):
        dpg.add_theme_style(dpg.mvStyleVar_CellPadding, 8 * scale, 5 * scale)
    return theme


def _create_tab(fill: Colour, text: Colour, scale: float) -> Item:
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvButton):
        dpg.add_theme_color(dpg.mvThemeCol_Button, fill)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, tones.HOVER)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, tones.TRACK)
        dpg.add_theme_color(dpg.mvThemeCol_Text, text)
        dpg.add_theme_style(dpg.mvStyleVar_ButtonTextAlign, 0.0, 0.5)
        dpg.add_theme_style(dpg.mvStyleVar_FrameBorderSize, 0)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 12 * scale, 8 * scale)
    return theme


def _create_root() -> Item:
    """Make the theme of the window itself, which has no edge inside the viewport."""
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvWindowAppItem):
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 0, 0)
    return theme


def _create_thumbnail(border: Colour, scale: float) -> Item:
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvImageButton):
        dpg.add_theme_color(dpg.mvThemeCol_Button, border)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, tones.ACCENT_BRIGHT)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, tones.ACCENT_DARK)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 3 * scale, 3 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FrameRounding, 4 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FrameBorderSize, 0)
    return theme


def _create_fold(scale: float) -> Item:
    """Make the theme of a heading that opens and closes what is below it."""
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvCollapsingHeader):
        dpg.add_theme_color(dpg.mvThemeCol_Header, tones.BACKGROUND)
        dpg.add_theme_color(dpg.mvThemeCol_HeaderHovered, tones.HOVER)
        dpg.add_theme_color(dpg.mvThemeCol_HeaderActive, tones.TRACK)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 8 * scale, 7 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FrameRounding, 6 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FrameBorderSize, 0)
    return theme


def _create_slider(scale: float) -> Item:
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvSliderFloat):
        dpg.add_theme_color(dpg.mvThemeCol_FrameBg, tones.TRACK)
        dpg.add_theme_color(dpg.mvThemeCol_FrameBgHovered, tones.TRACK)
        dpg.add_theme_color(dpg.mvThemeCol_FrameBgActive, tones.TRACK)
        dpg.add_theme_color(dpg.mvThemeCol_SliderGrab, tones.ACCENT)
        dpg.add_theme_color(dpg.mvThemeCol_SliderGrabActive, tones.ACCENT_DARK)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 4 * scale, 0)
        dpg.add_theme_style(dpg.mvStyleVar_FrameRounding, 8 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FrameBorderSize, 0)
        dpg.add_theme_style(dpg.mvStyleVar_GrabRounding, 8 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_GrabMinSize, 16 * scale)
    return theme


def _create_bar(fill: Colour, scale: float) -> Item:
    theme: Item
    with dpg.theme() as theme, dpg.theme_component(dpg.mvProgressBar):
        dpg.add_theme_color(dpg.mvThemeCol_PlotHistogram, fill)
        dpg.add_theme_color(dpg.mvThemeCol_FrameBg, tones.TRACK)
        dpg.add_theme_style(dpg.mvStyleVar_FrameRounding, 5 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FrameBorderSize, 0)
    return theme
