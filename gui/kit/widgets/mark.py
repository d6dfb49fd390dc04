"""The mark of Leafray: a leaf of two curves, and its vein."""

import dearpygui.dearpygui as dpg

from gui.kit.theme import Item
from gui.kit.tones import Colour

# The drawing is made on a square of this side.
_SIDE = 36.0
_NUM_STEPS = 24
_BULGE = 9.5
_DIAGONAL = 0.7071


def add_mark(side_px: float, leaf: Colour, vein: Colour) -> Item:
    """Add a drawing of ``side_px`` and return the group that can be placed."""
    scale = side_px / _SIDE

    def at(x: float, y: float) -> tuple[float, float]:
        return x * scale, y * scale

    outline = []
    for step in range(2 * _NUM_STEPS + 1):
        there = step <= _NUM_STEPS
        along = step / _NUM_STEPS if there else 2 - step / _NUM_STEPS
        bulge = _BULGE * (1 if there else -1) * (4 * along * (1 - along)) ** 0.8
        # The axis runs from the lower left to the upper right corner.
        x, y = 5 + 27 * along, 31 - 27 * along
        outline.append(at(x + bulge * _DIAGONAL, y + bulge * _DIAGONAL))
    group: Item
    # In a group, because a drawing has no position of its own.
    with dpg.group(pos=(0, 0)) as group, dpg.drawlist(round(side_px), round(side_px)):
        dpg.draw_polygon(outline, color=leaf, fill=leaf)
        dpg.draw_line(at(3, 33), at(26, 10), color=vein, thickness=1.8 * scale)
    return group
