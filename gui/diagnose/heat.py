"""The heat map on show: asked for when a photo is looked at, never for a whole folder."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from gui.diagnose import heat_events as events
from gui.diagnose.answers import Reference, Subject
from gui.diagnose.photos import Photo

_DEFAULT_OPACITY = 0.7


class HeatStatus(StrEnum):
    """Where the heat map of the photo on show stands."""

    NONE = "none"
    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Whether heat maps are shown, how strongly, and the one of the photo on show.

    ``subject`` is the last one asked for; ``references`` are the training photos most alike.
    """

    is_on: bool = False
    opacity: float = _DEFAULT_OPACITY
    subject: Subject | None = None
    status: HeatStatus = HeatStatus.NONE
    references: tuple[Reference, ...] = ()
    pictured: frozenset[str] = frozenset()
    problem: str | None = None


def update(heat: Heat, event: events.HeatEvent) -> Heat:
    """Return ``heat`` after ``event``; answers for another photo leave it as it is."""
    match event:
        case events.HeatToggled():
            return replace(heat, is_on=not heat.is_on)
        case events.OpacityChanged():
            return replace(heat, opacity=min(max(event.opacity, 0.0), 1.0))
        case events.HeatFound():
            if event.subject != heat.subject:
                return heat
            return replace(heat, status=HeatStatus.READY, references=event.references)
        case events.PicturesFound():
            is_late = event.subject != heat.subject
            return heat if is_late else replace(heat, pictured=event.pictured)
        case events.HeatFailed():
            if event.subject != heat.subject:
                return heat
            return replace(heat, status=HeatStatus.FAILED, problem=event.problem)
        case _:
            assert_never(event)


def ask_for(heat: Heat, photo: Photo | None) -> Heat:
    """Return ``heat`` with a question for ``photo`` if it is on show and was not asked for."""
    if not heat.is_on:
        return heat
    subject = None
    if photo is not None and photo.diagnosis is not None:
        subject = Subject(path=photo.path, diagnosis=photo.diagnosis)
    if subject == heat.subject:
        return heat
    status = HeatStatus.ASKED if subject else HeatStatus.NONE
    return Heat(is_on=True, opacity=heat.opacity, subject=subject, status=status)
