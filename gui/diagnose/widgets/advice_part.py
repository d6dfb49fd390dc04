"""What to do: a sentence, then sections that open and close; part of the diagnosis card."""

from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from gui.diagnose.answers import Advice, Section
from gui.kit import tones
from gui.kit.theme import Fonts, Item, Themes, bind_font

# A page has seven sections, and one more when the answer is not sure; six lines are the most now.
MAX_SECTIONS = 8
MAX_LINES = 8
_BULLET = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    header: Item
    lines: tuple[Item, ...]


class AdvicePart:
    """Built once with room for the longest page; ``show`` fills it."""

    def __init__(self, fonts: Fonts, themes: Themes, scale: float) -> None:
        """Build the parts inside the open container, hidden."""
        self._fonts = fonts
        self._scale = scale
        self._shown: tuple[Advice | None, int] = (None, 0)
        with dpg.group(show=False, tag="advice") as self.root:
            self._heading = dpg.add_text("", tag="advice_heading")
            dpg.add_spacer(height=round(2 * scale))
            self._lead = dpg.add_text("", tag="advice_lead", color=tones.INK)
            self._note = dpg.add_text("", tag="advice_note", color=tones.MUTED)
            dpg.add_spacer(height=round(8 * scale))
            self._folds = [self._add_fold(idx, themes) for idx in range(MAX_SECTIONS)]
        bind_font(self._heading, fonts.section)
        bind_font(self._note, fonts.small)

    def _add_fold(self, idx: int, themes: Themes) -> _Fold:
        with dpg.collapsing_header(
            label="", default_open=True, show=False, tag=f"advice_{idx}"
        ) as header:
            dpg.add_spacer(height=round(2 * self._scale))
            lines = tuple(dpg.add_text("", bullet=True, show=False) for _ in range(MAX_LINES))
            dpg.add_spacer(height=round(8 * self._scale))
        bind_font(header, self._fonts.section)
        for line in lines:
            bind_font(line, self._fonts.body)
        dpg.bind_item_theme(header, themes.fold)
        return _Fold(header=header, lines=lines)

    def show(self, advice: Advice | None, width_px: int) -> None:
        """Show the advice in ``width_px``, or hide."""
        if self._shown == (advice, width_px):
            return
        self._shown = (advice, width_px)
        dpg.configure_item(self.root, show=advice is not None)
        if advice is None:
            return
        dpg.set_value(self._heading, advice.heading)
        dpg.set_value(self._lead, advice.lead)
        dpg.set_value(self._note, advice.note)
        dpg.configure_item(self._lead, wrap=width_px)
        dpg.configure_item(self._note, wrap=width_px, show=bool(advice.note))
        for idx, fold in enumerate(self._folds):
            dpg.configure_item(fold.header, show=idx < len(advice.sections))
            if idx < len(advice.sections):
                _fill(fold, advice.sections[idx], width_px - round(_BULLET * self._scale))


def _fill(fold: _Fold, section: Section, width_px: int) -> None:
    dpg.configure_item(fold.header, label=section.heading)
    for idx, item in enumerate(fold.lines):
        is_used = idx < len(section.lines)
        dpg.configure_item(item, show=is_used, wrap=width_px)
        if is_used:
            dpg.set_value(item, section.lines[idx])
