"""A table whose rows can be pointed at."""

import dearpygui.dearpygui as dpg

from gui.dataset.figures import Listing
from gui.kit.theme import Fonts, Item, Themes, bind_font

_NARROW = 0.45


class ListingTable:
    """Made anew for each listing: there are some hundred rows at most."""

    def __init__(self, fonts: Fonts, themes: Themes) -> None:
        """Build the empty table inside the open container, hidden."""
        self._rows: list[Item] = []
        # In a group, because a table has no position of its own.
        with dpg.group(pos=(0, 0), show=False) as self.root:
            self._table = dpg.add_table(
                header_row=True,
                borders_innerH=True,
                borders_outerH=True,
                scrollY=True,
                policy=dpg.mvTable_SizingStretchProp,
            )
        dpg.bind_item_theme(self._table, themes.table)
        bind_font(self._table, fonts.body)

    def fill(self, figure: Listing, width_px: int, height_px: int) -> None:
        """Write the rows."""
        dpg.delete_item(self._table, children_only=True)
        dpg.push_container_stack(self._table)
        for idx, column in enumerate(figure.columns):
            weight = 1.0 if idx in (1, 2) else _NARROW
            dpg.add_table_column(label=column, init_width_or_weight=weight)
        self._rows = []
        for row in figure.rows:
            with dpg.table_row():
                self._rows.append(dpg.add_selectable(label=row.cells[0], span_columns=True))
                for cell in row.cells[1:]:
                    dpg.add_text(cell)
        dpg.pop_container_stack()
        self.resize(width_px, height_px)

    def resize(self, width_px: int, height_px: int) -> None:
        """Take another size."""
        dpg.configure_item(self._table, width=width_px, height=height_px)

    def settle(self) -> None:
        """Do nothing."""

    def find_mark(self) -> int | None:
        """Return the row under the pointer."""
        return next((idx for idx, row in enumerate(self._rows) if dpg.is_item_hovered(row)), None)

    def mark(self, mark: int | None) -> None:
        """Do nothing: a row shows by itself that it is pointed at."""
