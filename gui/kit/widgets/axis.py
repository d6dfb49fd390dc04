"""An axis of a plot that its user may zoom and move."""

import dearpygui.dearpygui as dpg

from gui.kit.theme import Item


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
