"""Beside the history: how much there is, where it is kept, and how to be rid of it."""

from pathlib import Path

import dearpygui.dearpygui as dpg

from gui.diagnose import events, history_events
from gui.diagnose.history import History
from gui.diagnose.history_words import say_history
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.question import Question

_PADDING = 20
_CLEAR = "Clear the history ..."
_HEADING = "Clear the history?"
_TEXT = (
    "All remembered answers and their thumbnails are removed from this laptop. Your photos stay "
    "where they are."
)


class HistoryNote:
    """Built once."""

    def __init__(
        self, kit: Toolkit[events.Event], question: Question, history_path: Path | None
    ) -> None:
        """Build the parts inside the open container; ``question`` is asked before clearing."""
        self._kit = kit
        self._question = question
        self._history_path = history_path
        with dpg.child_window(border=True) as self.root:
            eyebrow = dpg.add_text("HISTORY", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(2))
            self._headline = dpg.add_text("")
            dpg.add_spacer(height=kit.px(4))
            self._detail = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(10))
            self._clear = dpg.add_button(label=_CLEAR, tag="history_clear", callback=self._ask)
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(eyebrow, kit.fonts.section)
        bind_font(self._headline, kit.fonts.headline)

    def show(self, history: History, area: Area) -> None:
        """Show what is kept."""
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING + 2)
        headline, detail = say_history(history, self._history_path)
        for item, text in ((self._headline, headline), (self._detail, detail)):
            dpg.configure_item(item, wrap=inner_px)
            dpg.set_value(item, text)
        has_some = history.num_found > 0 or bool(history.text) or history.problem is not None
        dpg.configure_item(self._clear, width=inner_px, show=has_some)

    def _ask(self) -> None:
        self._question.ask(
            _HEADING,
            _TEXT,
            yes="Clear it",
            no="Keep it (Esc)",
            on_yes=lambda: self._kit.post(history_events.HistoryCleared()),
        )
