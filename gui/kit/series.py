"""Colours of kinds that are told apart by colour alone, on a light card as on a dark one."""

from gui.kit.tones import Colour

# Neighbours are unlike; all have a contrast of 3 to 1 or more to white and to the dark card.
SERIES: tuple[Colour, ...] = (
    (58, 138, 86),
    (214, 106, 20),
    (58, 122, 190),
    (198, 62, 58),
    (138, 92, 178),
    (20, 142, 150),
    (160, 116, 20),
    (206, 84, 140),
    (112, 134, 40),
    (128, 112, 92),
    (86, 108, 214),
    (186, 100, 74),
    (96, 132, 144),
    (160, 86, 130),
)


def get_series_colour(idx: int) -> Colour:
    """Return the colour of a kind; past the last one they begin again."""
    return SERIES[idx % len(SERIES)]
