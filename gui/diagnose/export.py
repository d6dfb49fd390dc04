"""A set that is being saved, or was: one at a time."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from gui.diagnose import export_events as events


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The last file; ``number`` counts them, ``is_running`` while it is written.

    ``saved_path`` or ``problem`` is set when it ended.
    """

    number: int = 0
    is_running: bool = False
    num_written: int = 0
    saved_path: Path | None = None
    problem: str | None = None


def update(export: Export, event: events.ExportEvent) -> Export:
    """Return ``export`` after ``event``; a second wish while one runs changes nothing."""
    match event:
        case events.ExportRequested():
            if export.is_running:
                return export
            return Export(number=export.number + 1, is_running=True)
        case events.ExportProgressed():
            return replace(export, num_written=event.num_written)
        case events.ExportFinished():
            return replace(export, is_running=False, saved_path=event.path)
        case events.ExportFailed():
            return replace(export, is_running=False, problem=event.problem)
        case _:
            assert_never(event)
