"""The palette: what a colour means is decided here, once."""

from enum import Enum

Colour = tuple[int, int, int]

BACKGROUND: Colour = (244, 246, 241)
CARD: Colour = (255, 255, 255)
FIELD: Colour = (255, 255, 255)
BORDER: Colour = (220, 226, 216)
FRAME: Colour = (203, 212, 200)
INK: Colour = (28, 40, 32)
MUTED: Colour = (98, 112, 102)
FAINT: Colour = (150, 161, 153)
TRACK: Colour = (233, 238, 230)
ACCENT: Colour = (46, 118, 72)
ACCENT_BRIGHT: Colour = (58, 138, 86)
ACCENT_DARK: Colour = (35, 94, 56)
HOVER: Colour = (233, 240, 232)
ERROR_TINT: Colour = (253, 238, 235)
ERROR_BORDER: Colour = (240, 200, 192)
WHITE: Colour = (255, 255, 255)
# Bars of classes that are not the answer: the same green, lighter.
ALSO: Colour = (158, 196, 170)

LEAF_PALE: Colour = (222, 233, 222)


class Tone(Enum):
    """What a part tells."""

    KNOWN = (46, 118, 72)
    UNKNOWN = (184, 116, 20)
    FAILED = (176, 48, 36)
    WAITING = (188, 197, 190)

    @property
    def colour(self) -> Colour:
        """Its colour."""
        return self.value
