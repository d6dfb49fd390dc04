"""The photos of a set side by side, each with the colour of its answer."""

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.diagnose import events, plant_events
from gui.diagnose.previews import THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX
from gui.diagnose.set_words import SEPARATOR, say_plant, say_progress
from gui.diagnose.state import DiagnoseState
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.textures import Slot
from gui.kit.theme import Fonts, Item, Themes, bind_font
from gui.kit.widgets.placing import measure_text

_CELL_GAP = 8
_FRAME = 3
_BUTTON_PADDING, _SPACING = 12, 8
_MARK, _UNMARK = "Same plant (M)", "Other plant (M)"


@dataclass(slots=True, kw_only=True)
class _Cell:
    root: Item
    button: Item
    bar: Item
    slot: Slot
    photo_idx: int = -1
    shown: NDArray[np.uint8] | None = None


class Strip:
    """A page of thumbnails; the page is the one that holds the selected photo."""

    def __init__(
        self,
        post: Callable[[events.Event], None],
        slots: tuple[Slot, ...],
        fonts: Fonts,
        themes: Themes,
        scale: float,
    ) -> None:
        """Build one cell a slot inside the open container, hidden."""
        self._post = post
        self._fonts = fonts
        self._themes = themes
        self._scale = scale
        self._blank = np.full(
            (THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX, 3), tones.TRACK, dtype=np.uint8
        )
        with dpg.child_window(border=False, show=False, no_scrollbar=True) as self.root:
            with dpg.group(horizontal=True, horizontal_spacing=round(_CELL_GAP * scale)):
                self._cells = [self._add_cell(idx, slot) for idx, slot in enumerate(slots)]
            with dpg.group(horizontal=True):
                with dpg.group():
                    dpg.add_spacer(height=round(2 * scale))
                    self._progress = dpg.add_text("", tag="progress", color=tones.MUTED)
                self._gap = dpg.add_spacer(width=1)
                self._plant = self._add_button(plant_events.PlantRequested(), "plant")
                self._mark = self._add_button(plant_events.MarkToggled(), "mark")
        dpg.bind_item_theme(self.root, themes.plain)
        bind_font(self._progress, fonts.small)

    def _add_cell(self, cell_idx: int, slot: Slot) -> _Cell:
        width, height = (round(THUMBNAIL_WIDTH_PX * self._scale), round(84 * self._scale))
        with dpg.group(show=False) as root:
            button = dpg.add_image_button(
                slot.tag,
                width=width,
                height=height,
                callback=lambda: self._select(cell_idx),
            )
            bar = dpg.add_progress_bar(
                default_value=1.0,
                width=width + 2 * round(_FRAME * self._scale),
                height=round(5 * self._scale),
            )
        return _Cell(root=root, button=button, bar=bar, slot=slot)

    def show(
        self,
        state: DiagnoseState,
        area: Area,
        get_thumbnail: Callable[[int], NDArray[np.uint8] | None],
    ) -> None:
        """Show the page around the selected photo."""
        dpg.configure_item(self.root, show=True, width=area.width, height=area.height)
        cell_px = (THUMBNAIL_WIDTH_PX + 2 * _FRAME + _CELL_GAP) * self._scale
        num_cells = min(len(self._cells), int((area.width + _CELL_GAP * self._scale) // cell_px))
        cell_width = int((area.width + _CELL_GAP * self._scale) / num_cells)
        width = cell_width - round((_CELL_GAP + 2 * _FRAME) * self._scale)
        first_idx = (state.selected_idx or 0) // num_cells * num_cells
        for offset, cell in enumerate(self._cells):
            photo_idx = first_idx + offset
            is_used = offset < num_cells and photo_idx < len(state.photos)
            dpg.configure_item(cell.root, show=is_used)
            if is_used:
                self._fill(cell, state, photo_idx, get_thumbnail(photo_idx))
                self._stretch(cell, width)
        self._show_line(state, area)

    def _add_button(self, event: events.Event, tag: str) -> Item:
        button: Item = dpg.add_button(tag=tag, callback=lambda: self._post(event))
        bind_font(button, self._fonts.small)
        return button

    def _show_line(self, state: DiagnoseState, area: Area) -> None:
        """Say how far the set is, or how many photos show one plant, and what can be done."""
        is_marked = state.selected_idx in state.marked
        progress, plant = say_progress(state), say_plant(state)
        mark = _UNMARK if is_marked else _MARK
        dpg.configure_item(self._plant, label=plant, show=bool(plant))
        dpg.bind_item_theme(self._plant, self._themes.tab_selected)
        dpg.configure_item(self._mark, label=mark)
        dpg.bind_item_theme(self._mark, self._themes.tab)
        buttons = (plant, mark) if plant else (mark,)
        around_px = (2 * _BUTTON_PADDING + _SPACING) * self._scale
        room_px = area.width - 2 * _SPACING * self._scale
        room_px -= sum(measure_text(label, self._fonts.small)[0] + around_px for label in buttons)
        # What comes first says most, so the end is what a narrow window does without.
        while measure_text(progress, self._fonts.small)[0] > room_px and SEPARATOR in progress:
            progress = progress.rpartition(SEPARATOR)[0]
        dpg.set_value(self._progress, progress)
        gap_px = room_px - measure_text(progress, self._fonts.small)[0]
        dpg.configure_item(self._gap, width=max(1, round(gap_px)))

    def hide(self) -> None:
        """Show nothing: there is one photo, or another view is open."""
        dpg.configure_item(self.root, show=False)

    def _fill(
        self, cell: _Cell, state: DiagnoseState, photo_idx: int, thumbnail: NDArray[np.uint8] | None
    ) -> None:
        cell.photo_idx = photo_idx
        image = self._blank if thumbnail is None else thumbnail
        if image is not cell.shown:
            cell.slot.show(image)
            cell.shown = image
        theme = self._themes.thumbnail
        if photo_idx == state.selected_idx:
            theme = self._themes.thumbnail_selected
        elif photo_idx in state.marked:
            theme = self._themes.thumbnail_marked
        dpg.bind_item_theme(cell.button, theme)
        dpg.bind_item_theme(cell.bar, self._themes.bars[state.photos[photo_idx].tone])

    def _stretch(self, cell: _Cell, width: int) -> None:
        """Make the cell ``width`` wide, so that a page fills the row; cut, do not distort."""
        visible = min(1.0, THUMBNAIL_WIDTH_PX * self._scale / width)
        dpg.configure_item(
            cell.button,
            width=width,
            uv_min=(0.0, (1 - visible) / 2),
            uv_max=(1.0, (1 + visible) / 2),
        )
        dpg.configure_item(cell.bar, width=width + 2 * round(_FRAME * self._scale))

    def _select(self, cell_idx: int) -> None:
        photo_idx = self._cells[cell_idx].photo_idx
        if photo_idx >= 0:
            self._post(events.PhotoSelected(photo_idx=photo_idx))
