"""What of a dataset can be looked at, one picture at a time."""

from collections.abc import Mapping
from enum import StrEnum


class View(StrEnum):
    """One picture; its value is what its button says."""

    BALANCE = "Balance"
    LOOKS = "Size and light"
    MAP = "Look-alikes"
    DOUBTS = "Doubtful"
    GROWTH = "Growth"
    SKILL = "Right or wrong"


class Choice(StrEnum):
    """A way of drawing a view; its value is what the list says."""

    CROPS_BY_SPLIT = "Crops, by use"
    CROPS_BY_SOURCE = "Crops, by source"
    CLASSES_BY_SPLIT = "Classes, by use"
    CLASSES_BY_SOURCE = "Classes, by source"
    SIZE = "Size"
    BRIGHTNESS = "Brightness"
    COLOUR = "Colour"
    COLOURFULNESS = "Colourfulness"
    MAP_BY_KIND = "Coloured by crop"
    MAP_BY_SOURCE = "Coloured by source"
    LABELS = "Doubtful labels"
    TWINS = "Likely duplicates"
    STEPS = "Step by step"
    MIX_UPS = "What is mixed up"
    RECALL = "Right, by class"


CHOICES: Mapping[View, tuple[Choice, ...]] = {
    View.BALANCE: (
        Choice.CROPS_BY_SPLIT,
        Choice.CROPS_BY_SOURCE,
        Choice.CLASSES_BY_SPLIT,
        Choice.CLASSES_BY_SOURCE,
    ),
    View.LOOKS: (Choice.SIZE, Choice.BRIGHTNESS, Choice.COLOUR, Choice.COLOURFULNESS),
    View.MAP: (Choice.MAP_BY_KIND, Choice.MAP_BY_SOURCE),
    View.DOUBTS: (Choice.LABELS, Choice.TWINS),
    View.GROWTH: (Choice.STEPS,),
    View.SKILL: (Choice.MIX_UPS, Choice.RECALL),
}
"""The first one of each is shown until a person chooses."""
