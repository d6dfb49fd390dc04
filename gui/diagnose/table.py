"""A set of photos as a table and as counts: pure functions on its photos."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gui.diagnose.answers import Diagnosis
from gui.diagnose.photos import Photo, PhotoStatus
from gui.kit.tones import Tone
from models.labels import UnknownLabelError, get_label

# More rows than a screen holds, few enough to fill within a frame: 1,000 took 0.25 s.
PAGE_SIZE = 100
_NONE = "-"
_REASONS = {
    "not_a_leaf": "no leaf",
    "unknown_leaf": "unknown leaf",
    "blurred": "blurred",
    "too_small": "too small",
    "too_dark": "too dark",
}
_NOT_READABLE = "not readable"
_UNKNOWN = "unknown leaf"


class Column(StrEnum):
    """One column; its value is what stands above it."""

    FILE = "File"
    CROP = "Crop"
    CONDITION = "Condition"
    PROBABILITY = "Sure"
    OUTCOME = "Known?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """By which column, and which way."""

    column: Column
    is_descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One photo of the set; without a known answer crop, condition and probability are not told."""

    photo_idx: int
    file: str
    crop: str
    condition: str
    probability: float | None
    outcome: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many photos of the set show the same."""

    label: str
    count: int
    tone: Tone


def to_rows(photos: Sequence[Photo], sort: Sort | None = None) -> tuple[Row, ...]:
    """Return a row a photo; what a column cannot tell comes last, whichever way it is sorted."""
    rows = [_to_row(idx, photo) for idx, photo in enumerate(photos)]
    if sort is None:
        return tuple(rows)
    # Two stable sorts, because the empty ones stay last when the others are turned round.
    rows.sort(key=lambda row: _get_key(row, sort.column), reverse=sort.is_descending)
    rows.sort(key=lambda row: _is_empty(row, sort.column))
    return tuple(rows)


def count_pages(num_photos: int) -> int:
    """Return how many pages the rows of a set fill; one for none."""
    return max(1, -(-num_photos // PAGE_SIZE))


def count_conditions(photos: Sequence[Photo]) -> tuple[Tally, ...]:
    """Count what the photos with an answer show: conditions first, then what is not known."""
    counts = Counter(_to_tally_key(photo) for photo in photos if photo.status.is_terminal)
    order = (Tone.KNOWN, Tone.UNKNOWN, Tone.FAILED)
    return tuple(
        Tally(label=label, count=count, tone=tone)
        for (label, tone), count in sorted(
            counts.items(), key=lambda item: (order.index(item[0][1]), -item[1], item[0][0])
        )
    )


def split_name(diagnosis: Diagnosis) -> tuple[str, str]:
    """Return crop and condition of the first class; of a newer server's class only its name."""
    best = diagnosis.top[0]
    try:
        label = get_label(best.class_name)
    except UnknownLabelError:
        return _NONE, best.display_name
    return label.crop, label.condition


def say_outcome(photo: Photo) -> str:
    """Return in two words whether the photo has a known answer, or why not."""
    if photo.status is PhotoStatus.FAILED:
        return _NOT_READABLE
    if photo.diagnosis is None:
        return "waiting"
    if photo.diagnosis.is_known:
        return "known"
    return _REASONS.get(photo.diagnosis.refusal_code or "", _UNKNOWN)


def _to_row(photo_idx: int, photo: Photo) -> Row:
    crop, condition, probability = _NONE, _NONE, None
    if photo.diagnosis is not None and photo.diagnosis.is_known:
        crop, condition = split_name(photo.diagnosis)
        probability = photo.diagnosis.top[0].probability
    return Row(
        photo_idx=photo_idx,
        file=photo.path.name,
        crop=crop,
        condition=condition,
        probability=probability,
        outcome=say_outcome(photo),
        tone=photo.tone,
    )


def _to_tally_key(photo: Photo) -> tuple[str, Tone]:
    if photo.diagnosis is not None and photo.diagnosis.is_known:
        return photo.diagnosis.top[0].display_name, Tone.KNOWN
    outcome = say_outcome(photo)
    return outcome[:1].upper() + outcome[1:], photo.tone


def _get_key(row: Row, column: Column) -> str | float:
    match column:
        case Column.FILE:
            return row.file.casefold()
        case Column.CROP:
            return row.crop
        case Column.CONDITION:
            return row.condition
        case Column.PROBABILITY:
            return row.probability or 0.0
        case Column.OUTCOME:
            return row.outcome


def _is_empty(row: Row, column: Column) -> bool:
    match column:
        case Column.CROP:
            return row.crop == _NONE
        case Column.CONDITION:
            return row.condition == _NONE
        case Column.PROBABILITY:
            return row.probability is None
        case _:
            return False
