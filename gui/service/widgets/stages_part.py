"""Where the time of an answer goes: a table of its stages."""

from dataclasses import dataclass
from typing import Any

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import Item, bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import measure_text
from gui.service.figures import Growth
from gui.service.reading import STAGES
from gui.service.words import StageTimes, list_stages

_COLUMN = 74
_SPACING = 8
_HEAD = StageTimes(name="", half="half in", most="19 of 20 in")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A name and two figures, each after a gap that pushes it to the right."""

    name: Item
    gap_before_half: Item
    half: Item
    gap_before_most: Item
    most: Item


class StagesPart:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[Any]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        with dpg.group() as self.root:
            heading = dpg.add_text("WHERE THE TIME GOES", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(2))
            self._head = _add_row()
            # The stages, and the whole answer.
            self._rows = [_add_row() for _ in range(len(STAGES) + 1)]
            dpg.add_spacer(height=kit.px(12))
        bind_font(heading, kit.fonts.section)
        for item in (self._head.half, self._head.most):
            bind_font(item, kit.fonts.small)

    def show(self, recent: tuple[Growth, ...], width_px: int) -> None:
        """Show the times of the last half minute in ``width_px``."""
        self._fill(self._head, _HEAD, width_px, self._kit.fonts.small)
        for row, times in zip(self._rows, list_stages(recent), strict=True):
            self._fill(row, times, width_px, self._kit.fonts.body)

    def _fill(self, row: _Row, times: StageTimes, width_px: int, font: Item) -> None:
        column, spacing = self._kit.px(_COLUMN), 2 * self._kit.px(_SPACING)
        for item, text in ((row.name, times.name), (row.half, times.half), (row.most, times.most)):
            dpg.set_value(item, text)
        name_px, half_px, most_px = (
            measure_text(text, font)[0] for text in (times.name, times.half, times.most)
        )
        first_px = width_px - column - name_px - half_px - spacing
        dpg.configure_item(row.gap_before_half, width=max(1, round(first_px)))
        dpg.configure_item(row.gap_before_most, width=max(1, round(column - most_px - spacing)))


def _add_row() -> _Row:
    with dpg.group(horizontal=True):
        return _Row(
            name=dpg.add_text(""),
            gap_before_half=dpg.add_spacer(width=1),
            half=dpg.add_text(""),
            gap_before_most=dpg.add_spacer(width=1),
            most=dpg.add_text(""),
        )
