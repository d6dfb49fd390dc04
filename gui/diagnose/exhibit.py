"""A photo that is shown instead of the set's: one of the history."""

from dataclasses import dataclass, replace

from gui.diagnose.answers import Advice
from gui.diagnose.history_events import Entry
from gui.diagnose.photos import Photo, PhotoStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What is shown; ``number`` counts exhibits, and answers for an older one are dropped.

    ``problem`` says why the photo itself is not there any more.
    """

    number: int
    photo: Photo
    entry: Entry
    is_prepared: bool = False
    problem: str | None = None


def open_entry(entry: Entry, number: int) -> Exhibit:
    """Return an entry of the history as an exhibit; what to do about it comes later."""
    photo = Photo(path=entry.path, status=PhotoStatus.DIAGNOSED, diagnosis=entry.diagnosis)
    return Exhibit(number=number, photo=photo, entry=entry)


def prepare(exhibit: Exhibit, advice: Advice | None, problem: str | None) -> Exhibit:
    """Return the exhibit with what to do about it, and why its photo is not there."""
    photo = replace(exhibit.photo, advice=advice)
    return replace(exhibit, photo=photo, is_prepared=True, problem=problem)
