"""How many photographs there are of what."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gui.dataset.figures import BarRow, Bars
from gui.dataset.views import Choice
from gui.dataset.words import (
    name_class,
    name_condition,
    name_crop,
    name_source,
    name_split,
    order_sources,
    order_splits,
    say_condition,
    say_list,
    say_photos,
    say_source,
    to_crop,
)

if TYPE_CHECKING:
    from serve_app.loop_schemas import ClassCount

LABORATORY = "lab"
# A network learns a class from a few hundred photographs; with a factor below this between the
# rarest and the commonest nothing needs to be said of it.
_EVEN_FACTOR = 2.0


def draw_balance(counts: Sequence["ClassCount"], choice: Choice, crop: str | None) -> Bars:
    """Draw the rarest first; one crop is always shown by its classes."""
    is_by_split = choice in (Choice.CROPS_BY_SPLIT, Choice.CLASSES_BY_SPLIT)
    is_by_class = crop is not None or choice in (
        Choice.CLASSES_BY_SPLIT,
        Choice.CLASSES_BY_SOURCE,
    )
    shown = filter_counts(counts, crop)
    if is_by_split:
        parts = order_splits([count.split for count in shown])
    else:
        parts = order_sources([count.source for count in shown])
    totals: Counter[str] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    for count in shown:
        row = count.class_name if is_by_class else to_crop(count.class_name)
        totals[row] += count.num_images
        cells[row, count.split if is_by_split else count.source] += count.num_images
    name_part = name_split if is_by_split else name_source
    name_row = _choose_name(crop, is_by_class=is_by_class)
    name_fully = name_class if is_by_class else name_crop
    rows = []
    for row, total in sorted(totals.items(), key=lambda item: (item[1], item[0])):
        lengths = tuple(cells[row, part] for part in parts)
        told = [name_fully(row), say_photos(total)]
        told += [
            f"{number:,} {name_part(part)}"
            for part, number in zip(parts, lengths, strict=True)
            if number
        ]
        rows.append(BarRow(label=name_row(row), lengths=lengths, told="\n".join(told)))
    return Bars(series=tuple(map(name_part, parts)), rows=tuple(rows), axis="photographs")


def say_balance(counts: Sequence["ClassCount"], crop: str | None) -> str:
    """Say what is rare and what was photographed outside the laboratory."""
    shown = filter_counts(counts, crop)
    totals: Counter[str] = Counter()
    for count in shown:
        totals[count.class_name] += count.num_images
    totals = +totals
    if not totals:
        return "There are no photographs."
    return f"{_say_rarest(totals)} {_say_sources(shown, crop)}"


def filter_counts(counts: Sequence["ClassCount"], crop: str | None) -> list["ClassCount"]:
    """Return the counts of one crop, or all."""
    return [count for count in counts if crop is None or to_crop(count.class_name) == crop]


def _say_rarest(totals: Counter[str]) -> str:
    ordered = sorted(totals.items(), key=lambda item: (item[1], item[0]))
    (rarest, fewest), (commonest, most) = ordered[0], ordered[-1]
    if len(ordered) == 1:
        return f"All {say_photos(most)} show {name_class(rarest)}."
    if fewest == most:
        return f"Each of the {len(ordered)} classes has {say_photos(most)}."
    factor = most / fewest
    if factor < _EVEN_FACTOR:
        return (
            f"The {len(ordered)} classes are well balanced: each has between {fewest:,} and "
            f"{say_photos(most)}."
        )
    # Whatever is rarer than half the average stands out in the picture.
    average = totals.total() / len(totals)
    rare = [name for name, number in ordered if number < average / 2]
    others = ""
    if len(rare) > 1:
        others = f" {len(rare)} of {len(ordered)} classes have less than half the average."
    return (
        f"{name_class(rarest)} is rarest, with {say_photos(fewest)}; {name_class(commonest)} has "
        f"{_say_factor(factor)} as many ({most:,}).{others}"
    )


def _say_factor(factor: float) -> str:
    return f"{factor:.0f} times" if factor >= 3 else f"{factor:.1f} times"


def _say_sources(counts: Sequence["ClassCount"], crop: str | None) -> str:
    by_crop: dict[str, int] = {}
    sources: Counter[str] = Counter()
    for count in counts:
        row = count.class_name if crop else to_crop(count.class_name)
        by_crop.setdefault(row, 0)
        if count.source != LABORATORY:
            by_crop[row] += count.num_images
            sources[count.source] += count.num_images
    outside = sorted((row for row, number in by_crop.items() if number), key=lambda r: -by_crop[r])
    if not outside:
        return "All of them were taken in the laboratory: the field will look different."
    name: Callable[[str], str] = say_condition if crop else name_crop
    kinds = say_list(
        [f"{sources[source]:,} {say_source(source)}" for source in order_sources(list(sources))]
    )
    what = "classes" if crop else "crops"
    have = "has" if len(outside) == 1 else "have"
    if len(outside) == len(by_crop):
        return f"Every one has photographs from outside the laboratory ({kinds})."
    return (
        f"Only {len(outside)} of {len(by_crop)} {what} {have} photographs from outside the "
        f"laboratory: {say_list([name(row) for row in outside])} ({kinds})."
    )


def _choose_name(crop: str | None, *, is_by_class: bool) -> Callable[[str], str]:
    if not is_by_class:
        return name_crop
    return name_condition if crop else name_class
