"""The photos that were diagnosed, the newest first, and a field to look for some."""

from dataclasses import dataclass

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.diagnose import events, history_events
from gui.diagnose.history import History
from gui.diagnose.history_events import Entry
from gui.diagnose.history_words import say_page, say_time
from gui.diagnose.pictures import Pictures
from gui.diagnose.previews import THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX
from gui.diagnose.words import say_headline, say_percent
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.textures import Slot
from gui.kit.theme import Item, bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide, place_centred

_HINT = "Look for a file name, a crop or a condition"
_EMPTY = "No photos yet: what you diagnose is remembered here."
_NOT_FOUND = "No photo matches. Try fewer letters."
_PADDING = 20
_SCROLLBAR = 10
_THUMBNAIL_WIDTH, _THUMBNAIL_HEIGHT = 64, 48


@dataclass(slots=True, kw_only=True)
class _Line:
    root: Item
    button: Item
    answer: Item
    detail: Item
    slot: Slot
    entry: Entry | None = None
    shown: NDArray[np.uint8] | None = None


class HistoryCard:
    """Built once with the lines of a page; ``show`` fills them."""

    def __init__(self, kit: Toolkit[events.Event], slots: tuple[Slot, ...]) -> None:
        """Build the parts inside the open container, a line a slot."""
        self._kit = kit
        self._shown: tuple[object, ...] = ()
        self._blank = np.full(
            (THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX, 3), tones.TRACK, dtype=np.uint8
        )
        with dpg.child_window(border=True) as self.root:
            self.field = dpg.add_input_text(
                hint=_HINT,
                tag="history_field",
                callback=lambda _, text: kit.post(history_events.HistorySearched(text=text)),
            )
            dpg.add_spacer(height=kit.px(6))
            self._lines = [self._add_line(idx, slot) for idx, slot in enumerate(slots)]
            with dpg.group(horizontal=True) as self._pages:
                # The one that is used most keeps its place while the other comes and goes.
                self._older = self._add_step("Older", 1)
                self._newer = self._add_step("Newer", -1)
                self._page = dpg.add_text("", color=tones.MUTED)
            self._empty = dpg.add_text("", pos=(0, 0), color=tones.MUTED, show=False)
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(self._page, kit.fonts.small)

    def show(self, history: History, pictures: Pictures, area: Area) -> None:
        """Show a page of the history, or what is not there."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING + _SCROLLBAR + 2)
        dpg.configure_item(self.field, width=inner_px)
        if not dpg.is_item_active(self.field):
            dpg.set_value(self.field, history.text)
        for idx, line in enumerate(self._lines):
            entry = history.entries[idx] if idx < len(history.entries) else None
            dpg.configure_item(line.root, show=entry is not None)
            if entry is not None:
                thumbnail = pictures.history_thumbnails.get(entry.entry_id)
                self._fill(line, entry, thumbnail, inner_px)
        dpg.configure_item(self._pages, show=history.num_pages > 1)
        dpg.configure_item(self._newer, show=history.page > 0)
        dpg.configure_item(self._older, show=history.page < history.num_pages - 1)
        dpg.set_value(self._page, say_page(history))
        is_empty = not history.entries and not history.is_loading and history.problem is None
        dpg.configure_item(self._empty, show=is_empty)
        text = _NOT_FOUND if history.text else _EMPTY
        dpg.set_value(self._empty, text)
        place_centred(self._empty, text, self._kit.fonts.body, area.width, area.height // 2)
        shown = (history.text, history.page)
        if shown != self._shown:
            dpg.set_y_scroll(self.root, 0)
            self._shown = shown

    def _add_line(self, line_idx: int, slot: Slot) -> _Line:
        with dpg.group(horizontal=True, show=False) as root:
            button = dpg.add_image_button(
                slot.tag,
                width=self._kit.px(_THUMBNAIL_WIDTH),
                height=self._kit.px(_THUMBNAIL_HEIGHT),
                callback=lambda: self._open(line_idx),
            )
            with dpg.group():
                dpg.add_spacer(height=self._kit.px(2))
                answer = dpg.add_text("")
                detail = dpg.add_text("", color=tones.MUTED)
        dpg.bind_item_theme(button, self._kit.themes.thumbnail)
        bind_font(detail, self._kit.fonts.small)
        return _Line(root=root, button=button, answer=answer, detail=detail, slot=slot)

    def _add_step(self, label: str, step: int) -> Item:
        button: Item = dpg.add_button(
            label=label,
            width=self._kit.px(90),
            callback=lambda: self._kit.post(history_events.HistoryPaged(step=step)),
        )
        return button

    def _fill(
        self, line: _Line, entry: Entry, thumbnail: NDArray[np.uint8] | None, inner_px: int
    ) -> None:
        line.entry = entry
        image = self._blank if thumbnail is None else thumbnail
        if image is not line.shown:
            line.slot.show(image)
            line.shown = image
        room_px = inner_px - self._kit.px(_THUMBNAIL_WIDTH + 20)
        fonts = self._kit.fonts
        diagnosis = entry.diagnosis
        percent = say_percent(diagnosis.top[0].probability)
        sure = f"  ·  {percent} sure" if diagnosis.is_known else ""
        detail = f"{say_time(entry.at)}{sure}  ·  {entry.path.name}"
        dpg.set_value(line.answer, elide(say_headline(diagnosis), room_px, fonts.body))
        dpg.set_value(line.detail, elide(detail, room_px, fonts.small))
        tone = tones.Tone.UNKNOWN.colour
        dpg.configure_item(line.answer, color=tones.INK if diagnosis.is_known else tone)

    def _open(self, line_idx: int) -> None:
        entry = self._lines[line_idx].entry
        if entry is not None:
            self._kit.post(history_events.EntryOpened(entry=entry))
