"""What the photographs of a source amount to: counts by label and by fault. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gui.contribute.values import LABEL_FAULTS, LEFT_OUT, LocalPhoto


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCount:
    """How many files have one fault, and the first of them."""

    code: str
    num_files: int
    first: LocalPhoto


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of a source; ``by_class`` and ``faults`` begin with the most."""

    num_ready: int = 0
    num_ready_bytes: int = 0
    by_class: tuple[tuple[str, int], ...] = ()
    faults: tuple[FaultCount, ...] = ()

    @property
    def num_unlabelled(self) -> int:
        """How many photographs wait for a label from a person."""
        return sum(
            fault.num_files
            for fault in self.faults
            if fault.code in LABEL_FAULTS and fault.code != LEFT_OUT
        )

    @property
    def num_left(self) -> int:
        """How many files will not be sent as they are."""
        return sum(fault.num_files for fault in self.faults)


def tally(photos: Iterable[LocalPhoto]) -> Tally:
    """Count photographs."""
    by_class: Counter[str] = Counter()
    by_fault: Counter[str] = Counter()
    first: dict[str, LocalPhoto] = {}
    num_bytes = 0
    for photo in photos:
        if photo.fault is not None:
            by_fault[photo.fault] += 1
            first.setdefault(photo.fault, photo)
        elif photo.class_name is not None:
            by_class[photo.class_name] += 1
            num_bytes += photo.num_bytes
    return Tally(
        num_ready=by_class.total(),
        num_ready_bytes=num_bytes,
        by_class=tuple(by_class.most_common()),
        faults=tuple(
            FaultCount(code=code, num_files=num_files, first=first[code])
            for code, num_files in by_fault.most_common()
        ),
    )


def order_for_desk(photos: Sequence[LocalPhoto]) -> tuple[int, ...]:
    """Return which photographs a person goes through: those that lack a label come first."""
    places = [idx for idx, photo in enumerate(photos) if photo.is_picture]
    return tuple(sorted(places, key=lambda idx: photos[idx].is_ready))


def give_label(photo: LocalPhoto, class_name: str | None) -> LocalPhoto:
    """Return the photograph with the label that a person gave; None leaves it out."""
    if class_name is None:
        return replace(photo, class_name=None, fault=LEFT_OUT, reason="you left it out")
    return replace(photo, class_name=class_name, fault=None, reason="")


def give_labels(
    photos: Iterable[LocalPhoto], labels: Mapping[str, str | None]
) -> tuple[LocalPhoto, ...]:
    """Return the photographs with the labels that a person gave before, by their hashes."""
    return tuple(
        give_label(photo, labels[photo.sha256])
        if photo.is_picture and photo.sha256 in labels
        else photo
        for photo in photos
    )
