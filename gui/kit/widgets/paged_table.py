"""A table that shows a page of its rows: a fixed number of widgets, however many rows there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import Item, bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide

Row = tuple[str, ...]

_BUTTON_WIDTH = 84
_CELL_PADDING = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading, and the column's share of the width beside the others'.

    Text that is too long is broken into lines, or cut in its middle where ``is_cut``.
    """

    heading: str
    weight: float = 1.0
    is_cut: bool = False


class PagedTable:
    """Built once; with ``on_pick`` a click on a row tells which one it is."""

    def __init__(
        self,
        kit: Toolkit[Any],
        columns: Sequence[Column],
        *,
        num_rows: int,
        on_pick: Callable[[int], None] | None = None,
    ) -> None:
        """Build the parts inside the open container, hidden."""
        self._kit = kit
        self._on_pick = on_pick
        self._columns = columns
        self._rows: Sequence[Row] = ()
        self._width_px = 0
        self._picked_idx: int | None = None
        self._first_idx = 0
        with dpg.group(show=False) as self.root:
            with dpg.table(
                policy=dpg.mvTable_SizingStretchProp,
                borders_innerH=True,
                borders_outerH=True,
                pad_outerX=True,
            ) as table:
                for column in columns:
                    dpg.add_table_column(
                        label=column.heading, init_width_or_weight=column.weight, width_stretch=True
                    )
                self._cells = [self._add_row(place, len(columns)) for place in range(num_rows)]
            with dpg.group(horizontal=True, show=False) as self._pager:
                width = kit.px(_BUTTON_WIDTH)
                dpg.add_button(label="Back", width=width, callback=lambda: self._turn(-1))
                dpg.add_button(label="More", width=width, callback=lambda: self._turn(1))
                self._place = dpg.add_text("", color=tones.MUTED)
        dpg.bind_item_theme(table, kit.themes.table)
        bind_font(table, kit.fonts.small)
        bind_font(self._pager, kit.fonts.small)

    def show(self, rows: Sequence[Row], width_px: int, *, picked_idx: int | None = None) -> None:
        """Show the page that was looked at, or the last one; nothing without rows."""
        if (rows, width_px, picked_idx) == (self._rows, self._width_px, self._picked_idx):
            return
        self._rows, self._width_px, self._picked_idx = rows, width_px, picked_idx
        self._fill()

    def _add_row(self, place: int, num_columns: int) -> tuple[Item, tuple[Item, ...]]:
        with dpg.table_row(show=False) as row:
            cells: list[Item] = []
            for column_idx in range(num_columns):
                if column_idx == 0 and self._on_pick is not None:
                    pick = dpg.add_selectable(
                        span_columns=True, callback=lambda sender: self._pick(sender, place)
                    )
                    cells.append(pick)
                else:
                    # 0: as wide as the column.
                    cells.append(dpg.add_text("", wrap=0))
        return row, tuple(cells)

    def _turn(self, num_pages: int) -> None:
        self._first_idx += num_pages * len(self._cells)
        self._fill()

    def _pick(self, sender: Item, place: int) -> None:
        # Whoever shows the table says which row is lit.
        dpg.set_value(sender, value=self._first_idx + place == self._picked_idx)
        if self._on_pick is not None and self._first_idx + place < len(self._rows):
            self._on_pick(self._first_idx + place)

    def _fill(self) -> None:
        num_rows, page = len(self._rows), len(self._cells)
        last_first_idx = max(0, num_rows - 1) // page * page
        self._first_idx = min(max(self._first_idx, 0), last_first_idx)
        dpg.configure_item(self.root, show=num_rows > 0)
        dpg.configure_item(self._pager, show=num_rows > page)
        for place, (row, cells) in enumerate(self._cells):
            row_idx = self._first_idx + place
            dpg.configure_item(row, show=row_idx < num_rows)
            if row_idx < num_rows:
                for column, cell, text in zip(
                    self._columns, cells, self._rows[row_idx], strict=True
                ):
                    self._write(column, cell, text, is_lit=row_idx == self._picked_idx)
        last_idx = min(num_rows, self._first_idx + page)
        dpg.set_value(self._place, f"{self._first_idx + 1:,} to {last_idx:,} of {num_rows:,}")

    def _write(self, column: Column, cell: Item, text: str, *, is_lit: bool) -> None:
        if column.is_cut:
            share = column.weight / sum(other.weight for other in self._columns)
            room_px = share * self._width_px - self._kit.px(2 * _CELL_PADDING)
            text = elide(text, room_px, self._kit.fonts.small)
        if dpg.get_item_type(cell) == "mvAppItemType::mvSelectable":
            dpg.configure_item(cell, label=text)
            dpg.set_value(cell, value=is_lit)
        else:
            dpg.set_value(cell, text)
