"""The answer: headline, the five likeliest classes as bars, what to do, the small print."""

from collections.abc import Sequence
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from gui.diagnose import events
from gui.diagnose.answers import Diagnosis
from gui.diagnose.diagnosis import TOP_K
from gui.diagnose.feedback import find
from gui.diagnose.photos import Photo
from gui.diagnose.state import DiagnoseState
from gui.diagnose.widgets.advice_part import AdvicePart
from gui.diagnose.widgets.feedback_part import FeedbackPart
from gui.diagnose.widgets.nearest_part import GetPicture, NearestPart
from gui.diagnose.words import (
    say_detail,
    say_facts,
    say_headline,
    say_percent,
    say_waiting,
)
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.textures import Slot
from gui.kit.theme import Item, bind_font
from gui.kit.tones import Tone
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide, measure_text

_PADDING = 20
_BAR_HEIGHT = 10
_SCROLLBAR = 10
# A page further shows some lines of the last one again.
_PAGE_SHARE = 0.8
_EMPTY_HEADLINE = "No photo yet"
_EMPTY_DETAIL = (
    "The diagnosis appears here: the crop and its condition, how sure it is, and what else it "
    "could be. A leaf that I do not know is named as unknown. Photos are read on this laptop "
    "when the server is away."
)
_FAILED_HEADLINE = "This photo could not be diagnosed"
_BARS_KNOWN = "Most likely"
_BARS_UNKNOWN = "Nearest classes, not a diagnosis"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    root: Item
    name: Item
    gap: Item
    percent: Item
    bar: Item


class DiagnosisCard:
    """Built once with all its rows; ``show`` fills them."""

    def __init__(self, kit: Toolkit[events.Event], slots: Sequence[Slot]) -> None:
        """Build the parts inside the open container; ``slots`` are for the nearest photos."""
        fonts, themes, scale = kit.fonts, kit.themes, kit.scale
        self._fonts = fonts
        self._themes = themes
        self._scale = scale
        self._shown: tuple[int | None, ...] = ()
        with dpg.child_window(border=True, tag="diagnosis_card") as self.root:
            self._eyebrow = dpg.add_text("", tag="eyebrow")
            dpg.add_spacer(height=round(2 * scale))
            self._headline = dpg.add_text("", tag="headline")
            dpg.add_spacer(height=round(4 * scale))
            self._detail = dpg.add_text("", tag="detail", color=tones.MUTED)
            self._busy = dpg.add_loading_indicator(
                radius=2.0, color=tones.ACCENT, secondary_color=tones.ALSO, show=False
            )
            dpg.add_spacer(height=round(12 * scale))
            self._section = dpg.add_text("", tag="section")
            dpg.add_spacer(height=round(4 * scale))
            self._rows = [self._add_row(idx) for idx in range(TOP_K)]
            self._nearest = NearestPart(kit, slots)
            self._feedback = FeedbackPart(kit)
            self._advice = AdvicePart(fonts, themes, scale)
            dpg.add_spacer(height=round(2 * scale))
            self._facts = dpg.add_text("", tag="facts", color=tones.MUTED)
        dpg.bind_item_theme(self.root, themes.card)
        bind_font(self._eyebrow, fonts.section)
        bind_font(self._headline, fonts.headline)
        bind_font(self._section, fonts.section)
        bind_font(self._facts, fonts.small)

    def _add_row(self, idx: int) -> _Row:
        with dpg.group(show=False) as root:
            with dpg.group(horizontal=True):
                name = dpg.add_text("")
                gap = dpg.add_spacer(width=1)
                percent = dpg.add_text("")
            bar = dpg.add_progress_bar(height=round(_BAR_HEIGHT * self._scale), tag=f"bar_{idx}")
            dpg.add_spacer(height=round(6 * self._scale))
        return _Row(root=root, name=name, gap=gap, percent=percent, bar=bar)

    def show(self, state: DiagnoseState, get_picture: GetPicture, area: Area) -> None:
        """Show the selected photo's answer."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        photo = state.shown
        diagnosis = photo.diagnosis if photo else None
        advice = photo.advice if photo else None
        inner_px = area.width - round((2 * _PADDING + 2) * self._scale)
        # Advice is mostly longer than the card.
        inner_px -= round(_SCROLLBAR * self._scale) if advice else 0
        for item in (self._headline, self._detail, self._section, self._facts):
            dpg.configure_item(item, wrap=inner_px)
        is_waiting = photo is not None and not photo.status.is_terminal
        dpg.configure_item(self._busy, show=is_waiting or state.is_looking)
        self._show_words(photo, is_looking=state.is_looking)
        self._show_bars(diagnosis, inner_px)
        self._nearest.show(state.heat, get_picture, inner_px)
        said = find(state.feedbacks, diagnosis.request_id) if diagnosis else None
        self._feedback.show(diagnosis, said, inner_px)
        self._advice.show(advice, inner_px)
        dpg.set_value(self._facts, say_facts(diagnosis) if diagnosis else "")
        number = state.exhibit.number if state.exhibit else None
        shown = (state.generation, state.selected_idx, number)
        if shown != self._shown:
            dpg.set_y_scroll(self.root, 0)
            self._shown = shown

    def scroll(self, num_pages: int) -> None:
        """Scroll the card by so many of its heights, down if positive."""
        page_px = dpg.get_item_height(self.root) * _PAGE_SHARE
        target_px = dpg.get_y_scroll(self.root) + num_pages * page_px
        dpg.set_y_scroll(self.root, min(max(target_px, 0), dpg.get_y_scroll_max(self.root)))

    def _show_words(self, photo: Photo | None, *, is_looking: bool) -> None:
        tone = photo.tone if photo else Tone.WAITING
        if photo is None:
            words = ("DIAGNOSIS", _EMPTY_HEADLINE, _EMPTY_DETAIL)
            if is_looking:
                words = ("DIAGNOSIS", "Looking for photos ...", "")
        elif photo.diagnosis is not None:
            eyebrow = "DIAGNOSIS" if photo.diagnosis.is_known else "UNKNOWN LEAF"
            words = (eyebrow, say_headline(photo.diagnosis), say_detail(photo.diagnosis))
        elif photo.problem is not None:
            words = ("NO DIAGNOSIS", _FAILED_HEADLINE, photo.problem)
        else:
            words = ("DIAGNOSIS", say_waiting(photo), "")
        for item, text in zip((self._eyebrow, self._headline, self._detail), words, strict=True):
            dpg.set_value(item, text)
        dpg.configure_item(
            self._eyebrow, color=tones.MUTED if tone is Tone.WAITING else tone.colour
        )
        dpg.configure_item(self._headline, color=tones.INK)
        dpg.configure_item(
            self._detail, color=tones.INK if tone in (Tone.UNKNOWN, Tone.FAILED) else tones.MUTED
        )

    def _show_bars(self, diagnosis: Diagnosis | None, inner_px: int) -> None:
        top = diagnosis.top if diagnosis else ()
        is_known = diagnosis is not None and diagnosis.is_known
        section = (_BARS_KNOWN if is_known else _BARS_UNKNOWN) if top else ""
        dpg.set_value(self._section, section)
        for idx, row in enumerate(self._rows):
            dpg.configure_item(row.root, show=idx < len(top))
            if idx >= len(top):
                continue
            percent = say_percent(top[idx].probability)
            percent_px, _ = measure_text(percent, self._fonts.body)
            spacing_px = 2 * round(8 * self._scale)
            name = elide(
                top[idx].display_name,
                inner_px - percent_px - spacing_px - round(12 * self._scale),
                self._fonts.body,
            )
            name_px, _ = measure_text(name, self._fonts.body)
            dpg.set_value(row.name, name)
            dpg.set_value(row.percent, percent)
            gap_px = max(1, round(inner_px - name_px - percent_px - spacing_px))
            dpg.configure_item(row.gap, width=gap_px)
            dpg.configure_item(row.bar, width=inner_px)
            dpg.set_value(row.bar, top[idx].probability)
            if not is_known:
                theme = self._themes.bars[Tone.WAITING]
            else:
                theme = self._themes.bars[Tone.KNOWN] if idx == 0 else self._themes.bars_also
            dpg.bind_item_theme(row.bar, theme)
