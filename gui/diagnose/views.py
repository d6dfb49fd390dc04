"""What the left of the diagnosing tab shows."""

from enum import StrEnum


class View(StrEnum):
    """One view, in the order of the switch; its value is what the window calls it."""

    PHOTO = "Photo"
    TABLE = "Table"
    HISTORY = "History"

    @property
    def next(self) -> "View":
        """The view after this one; the first after the last."""
        views = tuple(View)
        return views[(views.index(self) + 1) % len(views)]
