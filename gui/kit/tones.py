"""The colours: what a colour means is decided here, once, for a light and a dark window.

``tones.INK`` is the ink of the palette in use. A colour is looked up when a widget is made, never
when a module is imported: the window may change its palette and make its widgets anew.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """One set of colours. Text is told from what it lies on by a contrast of 4.5 to 1 or more.

    ``white`` lies on ``accent``; ``also`` fills bars of classes that are not the answer; ``shade``
    lies, half transparent, on what a dialog covers.
    """

    background: Colour
    card: Colour
    field: Colour
    border: Colour
    frame: Colour
    ink: Colour
    muted: Colour
    faint: Colour
    track: Colour
    accent: Colour
    accent_bright: Colour
    accent_dark: Colour
    hover: Colour
    error_tint: Colour
    error_border: Colour
    white: Colour
    also: Colour
    leaf_pale: Colour
    known: Colour
    unknown: Colour
    failed: Colour
    waiting: Colour
    shade: Colour


LIGHT = Palette(
    background=(244, 246, 241),
    card=(255, 255, 255),
    field=(255, 255, 255),
    border=(220, 226, 216),
    frame=(203, 212, 200),
    ink=(28, 40, 32),
    muted=(92, 106, 96),
    faint=(150, 161, 153),
    track=(233, 238, 230),
    accent=(46, 118, 72),
    accent_bright=(52, 128, 79),
    accent_dark=(35, 94, 56),
    hover=(233, 240, 232),
    error_tint=(253, 238, 235),
    error_border=(240, 200, 192),
    white=(255, 255, 255),
    also=(158, 196, 170),
    leaf_pale=(222, 233, 222),
    known=(46, 118, 72),
    unknown=(156, 92, 8),
    failed=(176, 48, 36),
    waiting=(188, 197, 190),
    shade=(92, 106, 96),
)
DARK = Palette(
    background=(18, 24, 20),
    card=(27, 34, 29),
    field=(21, 28, 23),
    border=(52, 64, 56),
    frame=(68, 82, 73),
    ink=(230, 237, 231),
    muted=(163, 176, 167),
    faint=(110, 124, 114),
    track=(45, 56, 48),
    accent=(112, 190, 138),
    accent_bright=(132, 205, 155),
    accent_dark=(150, 216, 170),
    hover=(38, 50, 42),
    error_tint=(58, 31, 28),
    error_border=(112, 58, 50),
    # On a green this light, text is dark.
    white=(16, 28, 20),
    also=(66, 112, 82),
    leaf_pale=(42, 56, 46),
    known=(112, 190, 138),
    unknown=(230, 172, 92),
    failed=(244, 140, 126),
    waiting=(92, 105, 96),
    shade=(4, 8, 6),
)

BACKGROUND: Colour = LIGHT.background
CARD: Colour = LIGHT.card
FIELD: Colour = LIGHT.field
BORDER: Colour = LIGHT.border
FRAME: Colour = LIGHT.frame
INK: Colour = LIGHT.ink
MUTED: Colour = LIGHT.muted
FAINT: Colour = LIGHT.faint
TRACK: Colour = LIGHT.track
ACCENT: Colour = LIGHT.accent
ACCENT_BRIGHT: Colour = LIGHT.accent_bright
ACCENT_DARK: Colour = LIGHT.accent_dark
HOVER: Colour = LIGHT.hover
ERROR_TINT: Colour = LIGHT.error_tint
ERROR_BORDER: Colour = LIGHT.error_border
WHITE: Colour = LIGHT.white
ALSO: Colour = LIGHT.also
LEAF_PALE: Colour = LIGHT.leaf_pale
KNOWN: Colour = LIGHT.known
UNKNOWN: Colour = LIGHT.unknown
FAILED: Colour = LIGHT.failed
WAITING: Colour = LIGHT.waiting
SHADE: Colour = LIGHT.shade


def use(palette: Palette) -> None:
    """Let the names of this module stand for the colours of ``palette`` from now on."""
    globals().update(
        {field.name.upper(): getattr(palette, field.name) for field in fields(palette)}
    )


class Tone(StrEnum):
    """What a part tells."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    FAILED = "failed"
    WAITING = "waiting"

    @property
    def colour(self) -> Colour:
        """Its colour in the palette in use."""
        match self:
            case Tone.KNOWN:
                return KNOWN
            case Tone.UNKNOWN:
                return UNKNOWN
            case Tone.FAILED:
                return FAILED
            case Tone.WAITING:
                return WAITING
