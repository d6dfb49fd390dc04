"""The page of the history that is on show: asked for when it is looked at, and when it changed."""

from dataclasses import dataclass, replace
from typing import assert_never

from gui.diagnose import history_events as events
from gui.diagnose.history_events import Entry

PAGE_SIZE = 24
MAX_TEXT_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was looked for and what was found.

    ``request`` counts questions, ``answered`` is the last one with an answer; ``is_stale`` when
    entries came meanwhile. ``problem`` is set while the history cannot be used.
    """

    text: str = ""
    page: int = 0
    request: int = 0
    answered: int = 0
    is_stale: bool = True
    entries: tuple[Entry, ...] = ()
    num_found: int = 0
    problem: str | None = None

    @property
    def is_loading(self) -> bool:
        """An answer is awaited."""
        return self.answered < self.request

    @property
    def num_pages(self) -> int:
        """How many pages there are; one where nothing was found."""
        return max(1, -(-self.num_found // PAGE_SIZE))


def update(history: History, event: events.HistoryEvent) -> History:
    """Return ``history`` after ``event``; late answers leave it as it is."""
    match event:
        case events.HistorySearched():
            text = event.text[:MAX_TEXT_CHARS]
            return _ask(replace(history, text=text, page=0, problem=None))
        case events.HistoryPaged():
            page = min(max(history.page + event.step, 0), history.num_pages - 1)
            return history if page == history.page else _ask(replace(history, page=page))
        case events.HistoryFound():
            if event.request != history.request:
                return history
            return _show_found(history, event)
        case events.HistoryFailed():
            return replace(history, answered=history.request, problem=event.problem)
        case events.HistoryChanged():
            # What was written can be read: the problem is over.
            return replace(history, is_stale=True, problem=None)
        case events.HistoryCleared():
            return replace(history, text="", page=0)
        case events.EntryOpened():
            return history
        case _:
            assert_never(event)


def refresh(history: History) -> History:
    """Return ``history`` on the screen: what changed is asked for, one question at a time."""
    return _ask(history) if history.is_stale and not history.is_loading else history


def _ask(history: History) -> History:
    return replace(history, request=history.request + 1, is_stale=False)


def _show_found(history: History, event: events.HistoryFound) -> History:
    history = replace(
        history,
        answered=event.request,
        entries=event.entries,
        num_found=event.num_found,
    )
    if history.page < history.num_pages:
        return history
    # The page that was open has gone.
    return _ask(replace(history, page=history.num_pages - 1))
