"""What the window says of the history."""

from datetime import datetime
from pathlib import Path

from gui.diagnose.history import History


def say_time(at: datetime) -> str:
    """Return a moment as the user's clock showed it."""
    return f"{at.astimezone():%d %b %Y, %H:%M}"


def say_history(history: History, path: Path | None) -> tuple[str, str]:
    """Return a headline on the history, and where it is kept or why it is not."""
    if history.problem is not None:
        return "The history cannot be used", history.problem
    where = f"in {path}" if path else "nowhere"
    kept = f"Kept on this laptop only, {where}. The newest 5,000 photos stay."
    if history.text:
        return f"{history.num_found} found", f"Photos that match “{history.text}”. {kept}"
    if history.num_found == 0:
        return "Nothing yet", f"Each photo that is diagnosed is remembered here. {kept}"
    return f"{history.num_found} photo{'' if history.num_found == 1 else 's'}", kept


def say_page(history: History) -> str:
    """Return which part of the history is on show; empty where all of it is."""
    if history.num_pages == 1:
        return ""
    return f"Page {history.page + 1} of {history.num_pages}"
