"""The photos of the set as rows that can be sorted, a page at a time; a click shows the photo."""

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from gui.diagnose import events
from gui.diagnose.state import DiagnoseState
from gui.diagnose.table import PAGE_SIZE, Column, Row, Sort, count_pages, to_rows
from gui.diagnose.table_events import TablePaged, TableSorted
from gui.diagnose.views import View
from gui.diagnose.words import say_percent
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.theme import Item, bind_font
from gui.kit.tones import Tone
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import place_centred

_EMPTY = "Open a folder or several photos: each gets a row here."
_PAGES = 48
# How the width is shared, in the order of the columns.
_WEIGHTS = (0.27, 0.15, 0.26, 0.13, 0.19)


@dataclass(slots=True, kw_only=True)
class _Line:
    root: Item
    file: Item
    cells: tuple[Item, ...]
    shown: Row | None = None
    is_selected: bool = False


class TableCard:
    """Lines are added when photos come, and reused; only those that changed are filled anew."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._post: Callable[[events.Event], None] = kit.post
        self._kit = kit
        self._lines: list[_Line] = []
        self._shown: tuple[object, ...] = ()
        with dpg.child_window(border=True, no_scrollbar=True) as self.root:
            with dpg.table(
                tag="table",
                sortable=True,
                sort_tristate=True,
                scrollY=True,
                resizable=True,
                borders_innerH=True,
                policy=dpg.mvTable_SizingStretchProp,
                callback=self._sort,
            ) as self._table:
                self._columns: dict[Item, Column] = {
                    dpg.add_table_column(label=column.value, init_width_or_weight=weight): column
                    for column, weight in zip(Column, _WEIGHTS, strict=True)
                }
            with dpg.group(horizontal=True, show=False) as self._pages:
                # The one that is used most keeps its place while the other comes and goes.
                self._next = self._add_step("Next", 1)
                self._previous = self._add_step("Previous", -1)
                self._page = dpg.add_text("", color=tones.MUTED)
            self._empty = dpg.add_text(_EMPTY, pos=(0, 0), color=tones.MUTED)
        dpg.bind_item_theme(self.root, kit.themes.card)
        dpg.bind_item_theme(self._table, kit.themes.table)
        bind_font(self._table, kit.fonts.small)

    def show(self, state: DiagnoseState, area: Area) -> None:
        """Show a row a photo, or what to do to get some."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        dpg.configure_item(self._table, show=bool(state.photos))
        dpg.configure_item(self._empty, show=not state.photos)
        place_centred(self._empty, _EMPTY, self._kit.fonts.body, area.width, area.height // 2)
        num_pages = count_pages(len(state.photos))
        dpg.configure_item(self._pages, show=num_pages > 1)
        dpg.configure_item(self._table, height=self._kit.px(-_PAGES if num_pages > 1 else 0))
        dpg.configure_item(self._previous, show=state.table_page > 0)
        dpg.configure_item(self._next, show=state.table_page < num_pages - 1)
        dpg.set_value(self._page, f"Page {state.table_page + 1} of {num_pages}")
        shown = (state.photos, state.sort, state.selected_idx, state.table_page)
        if shown == self._shown:
            return
        self._shown = shown
        first = state.table_page * PAGE_SIZE
        rows = to_rows(state.photos, state.sort)[first : first + PAGE_SIZE]
        while len(self._lines) < len(rows):
            self._lines.append(self._add_line(len(self._lines)))
        for idx, line in enumerate(self._lines):
            row = rows[idx] if idx < len(rows) else None
            self._fill(
                line, row, is_selected=row is not None and row.photo_idx == state.selected_idx
            )

    def _add_step(self, label: str, step: int) -> Item:
        button: Item = dpg.add_button(
            label=label,
            width=self._kit.px(110),
            callback=lambda: self._post(TablePaged(step=step)),
        )
        return button

    def _add_line(self, line_idx: int) -> _Line:
        with dpg.table_row(parent=self._table) as root:
            file = dpg.add_selectable(span_columns=True, callback=lambda: self._open(line_idx))
            cells = tuple(dpg.add_text("") for _ in _WEIGHTS[1:])
        return _Line(root=root, file=file, cells=cells)

    def _fill(self, line: _Line, row: Row | None, *, is_selected: bool) -> None:
        if is_selected is not line.is_selected:
            dpg.set_value(line.file, is_selected)
            line.is_selected = is_selected
        if row == line.shown:
            return
        if (row is None) != (line.shown is None):
            dpg.configure_item(line.root, show=row is not None)
        line.shown = row
        if row is None:
            return
        dpg.configure_item(line.file, label=row.file)
        probability = "" if row.probability is None else say_percent(row.probability)
        texts = (row.crop, row.condition, probability, row.outcome)
        for cell, text in zip(line.cells, texts, strict=True):
            dpg.set_value(cell, text)
        colour = tones.MUTED if row.tone in (Tone.KNOWN, Tone.WAITING) else row.tone.colour
        dpg.configure_item(line.cells[-1], color=colour)

    def _open(self, line_idx: int) -> None:
        line = self._lines[line_idx]
        # A selectable turns itself on when it is clicked.
        dpg.set_value(line.file, line.is_selected)
        row = line.shown
        if row is not None:
            self._post(events.PhotoSelected(photo_idx=row.photo_idx))
            self._post(events.ViewSelected(view=View.PHOTO))

    def _sort(self, _sender: int, specs: list[list[int]] | None) -> None:
        sort = None
        if specs:
            column_id, direction = specs[0]
            sort = Sort(column=self._columns[column_id], is_descending=direction < 0)
        self._post(TableSorted(sort=sort))
