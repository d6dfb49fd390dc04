"""What can happen to the heat map, as values.

Answers carry the ``subject`` that was asked for: those for another photo are dropped.
"""

from dataclasses import dataclass

from gui.diagnose.answers import Reference, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatToggled:
    """The user shows or hides where the evidence is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpacityChanged:
    """The user lays it over the photo more or less strongly, in [0, 1]."""

    opacity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatFound:
    """The heat map is at hand, and the training photos most alike."""

    subject: Subject
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesFound:
    """These of the training photos can be shown, by hash."""

    subject: Subject
    pictured: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatFailed:
    """There is none; ``problem`` says why."""

    subject: Subject
    problem: str


HeatEvent = HeatToggled | OpacityChanged | HeatFound | PicturesFound | HeatFailed
