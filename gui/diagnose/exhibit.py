"""What is shown instead of a photo of the set: one of the history, or a plant of several photos."""

from dataclasses import dataclass, replace
from pathlib import Path

from gui.diagnose.answers import Advice, Diagnosis
from gui.diagnose.history_events import Entry
from gui.diagnose.photos import Photo, PhotoStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What is shown; ``number`` counts exhibits, and answers for an older one are dropped.

    ``entry`` is set for one of the history, ``paths`` are the photos of a plant; ``problem`` says
    why the photo itself is not there any more.
    """

    number: int
    photo: Photo
    entry: Entry | None = None
    paths: tuple[Path, ...] = ()
    is_prepared: bool = False
    problem: str | None = None


def open_entry(entry: Entry, number: int) -> Exhibit:
    """Return an entry of the history as an exhibit; what to do about it comes later."""
    photo = Photo(path=entry.path, status=PhotoStatus.DIAGNOSED, diagnosis=entry.diagnosis)
    return Exhibit(number=number, photo=photo, entry=entry)


def open_plant(paths: tuple[Path, ...], number: int) -> Exhibit:
    """Return photos of one plant as an exhibit, shown by the first; the answer comes later."""
    photo = Photo(path=paths[0], status=PhotoStatus.DIAGNOSING)
    return Exhibit(number=number, photo=photo, paths=paths)


def prepare(exhibit: Exhibit, advice: Advice | None, problem: str | None) -> Exhibit:
    """Return the exhibit with what to do about it, and why its photo is not there."""
    photo = replace(exhibit.photo, advice=advice)
    return replace(exhibit, photo=photo, is_prepared=True, problem=problem)


def answer(exhibit: Exhibit, diagnosis: Diagnosis, advice: Advice | None) -> Exhibit:
    """Return the plant with its answer."""
    photo = replace(exhibit.photo, status=PhotoStatus.DIAGNOSED, diagnosis=diagnosis, advice=advice)
    return replace(exhibit, photo=photo, is_prepared=True)


def fail(exhibit: Exhibit, problem: str) -> Exhibit:
    """Return the plant with the reason why it has no answer."""
    photo = replace(exhibit.photo, status=PhotoStatus.FAILED, problem=problem)
    return replace(exhibit, photo=photo, is_prepared=True)
