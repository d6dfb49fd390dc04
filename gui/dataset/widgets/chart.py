"""What every chart of the page has in common."""

from typing import Protocol, TypeVar

import dearpygui.dearpygui as dpg

from gui.kit.theme import Item

FigureT_contra = TypeVar("FigureT_contra", contravariant=True)


class Chart(Protocol[FigureT_contra]):
    """One kind of figure; built once, filled again for each figure."""

    root: Item

    def fill(self, figure: FigureT_contra, width_px: int, height_px: int) -> None:
        """Draw another figure."""
        ...

    def resize(self, width_px: int, height_px: int) -> None:
        """Draw the same one in another size."""
        ...

    def settle(self) -> None:
        """Do what must wait for a frame; called after each."""
        ...

    def find_mark(self) -> int | None:
        """Return the mark under the pointer."""
        ...

    def mark(self, mark: int | None) -> None:
        """Show which mark is pointed at."""
        ...


class Axis:
    """An axis that shows a range at first and lets the user zoom and move within bounds."""

    def __init__(self, item: Item) -> None:
        """Take the axis."""
        self._item = item
        self._is_held = False

    def show(self, low: float, high: float, *, bounds: tuple[float, float]) -> None:
        """Show a range; for one frame it is held, then the user may change it."""
        dpg.set_axis_limits_constraints(self._item, *bounds)
        dpg.set_axis_limits(self._item, low, high)
        self._is_held = True

    def settle(self) -> None:
        """Let go."""
        if self._is_held:
            dpg.set_axis_limits_auto(self._item)
            self._is_held = False
