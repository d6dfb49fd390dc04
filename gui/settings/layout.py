"""Where the cards of the settings lie, as a pure function of the page."""

from dataclasses import dataclass

from gui.kit.layout import Area

_MIN_TWO_COLUMNS = 720
_MAX_WIDTH = 1320
_LEFT_SHARE = 0.56
_SCROLLBAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsLayout:
    """Widths of the columns in pixels, already scaled; one column: below one another."""

    has_two_columns: bool
    left_width: int
    right_width: int
    gap: int


def measure(page: Area, *, scale: float) -> SettingsLayout:
    """Share the page out; it is no wider than lines that are read."""
    width = min(page.width - round(_SCROLLBAR * scale), round(_MAX_WIDTH * scale))
    if width < _MIN_TWO_COLUMNS * scale:
        return SettingsLayout(
            has_two_columns=False, left_width=width, right_width=width, gap=page.gap
        )
    left = round((width - page.gap) * _LEFT_SHARE)
    return SettingsLayout(
        has_two_columns=True, left_width=left, right_width=width - page.gap - left, gap=page.gap
    )
