"""How the window looks: what needs every widget made anew when it changes."""

from dataclasses import dataclass
from enum import StrEnum

MIN_SCALE, MAX_SCALE = 0.75, 4.0


class Theme(StrEnum):
    """Light or dark."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """``scale`` multiplies the size of text and spacing."""

    theme: Theme = Theme.LIGHT
    scale: float = 1.0


def to_scale(*factors: float) -> float:
    """Return the product of ``factors``, within what the window can be drawn at."""
    scale = 1.0
    for factor in factors:
        scale *= factor
    return min(max(scale, MIN_SCALE), MAX_SCALE)
