"""How many photographs there are of what, drawn and said."""

from collections import Counter

from hypothesis import given, settings

from gui.dataset.balance import draw_balance, filter_counts, say_balance
from gui.dataset.views import CHOICES, Choice, View
from gui.dataset.words import name_class, to_crop
from serve_app.loop_schemas import ClassCount
from tests.unit.gui.dataset.summary_values import any_counts, make_counts

COUNTS = make_counts(
    ("peach__healthy", "lab", "train", 6),
    ("peach__healthy", "lab", "val", 2),
    ("maize__common_rust", "lab", "train", 200),
    ("maize__common_rust", "field", "train", 60),
    ("maize__common_rust", "field", "test", 36),
    ("maize__healthy", "lab", "train", 150),
)


def test_the_rarest_class_is_named_with_the_factor() -> None:
    assert say_balance(COUNTS, None) == (
        "Peach, healthy is rarest, with 8 photographs; Maize: common rust has 37 times as many "
        "(296). Only 1 of 2 crops has photographs from outside the laboratory: Maize (96 from "
        "the field)."
    )


def test_of_one_crop_its_classes_are_told() -> None:
    assert say_balance(COUNTS, "maize") == (
        "The 2 classes are well balanced: each has between 150 and 296 photographs. Only 1 of 2 "
        "classes has photographs from outside the laboratory: common rust (96 from the field)."
    )
    assert say_balance(COUNTS, "peach") == (
        "All 8 photographs show Peach, healthy. All of them were taken in the laboratory: the "
        "field will look different."
    )


def test_several_rare_classes_are_counted() -> None:
    counts = make_counts(
        *((name, "lab", "train", 3) for name in ("apple__healthy", "grape__healthy")),
        *((name, "field", "train", 100) for name in ("maize__healthy", "potato__healthy")),
    )
    said = say_balance(counts, None)
    assert "33 times as many (100). 2 of 4 classes have less than half the average." in said


def test_classes_of_one_size_are_told_so() -> None:
    counts = make_counts(
        ("maize__healthy", "upload", "train", 6), ("grape__healthy", "upload", "train", 6)
    )
    assert say_balance(counts, None) == (
        "Each of the 2 classes has 6 photographs. Every one has photographs from outside the "
        "laboratory (12 from uploads)."
    )


def test_a_crop_is_one_row_of_parts() -> None:
    bars = draw_balance(COUNTS, Choice.CROPS_BY_SPLIT, None)
    assert bars.series == ("to learn from", "to check with", "to judge by")
    assert [(row.label, row.lengths) for row in bars.rows] == [
        ("Peach", (6, 2, 0)),
        ("Maize", (410, 0, 36)),
    ]
    assert bars.tell(1) == "Maize\n446 photographs\n410 to learn from\n36 to judge by"
    assert bars.get_photos(0) == ()


def test_one_crop_is_shown_by_its_classes() -> None:
    bars = draw_balance(COUNTS, Choice.CROPS_BY_SOURCE, "maize")
    assert bars.series == ("laboratory", "field")
    assert [(row.label, row.lengths) for row in bars.rows] == [
        ("Healthy", (150, 0)),
        ("Common rust", (200, 96)),
    ]


def test_nothing_is_said_to_be_nothing() -> None:
    assert say_balance((), None) == "There are no photographs."
    assert draw_balance((), Choice.CROPS_BY_SPLIT, None).rows == ()


@settings(deadline=None)
@given(any_counts)
def test_no_photograph_is_lost_and_rows_come_rarest_first(counts: list[ClassCount]) -> None:
    crops = [None, *sorted({to_crop(count.class_name) for count in counts})]
    for crop in crops:
        expected = sum(count.num_images for count in filter_counts(counts, crop))
        for choice in CHOICES[View.BALANCE]:
            totals = [sum(row.lengths) for row in draw_balance(counts, choice, crop).rows]
            assert sum(totals) == expected
            assert totals == sorted(totals)


@settings(deadline=None)
@given(any_counts)
def test_the_class_that_is_named_has_the_fewest(counts: list[ClassCount]) -> None:
    said = say_balance(counts, None)
    totals: Counter[str] = Counter()
    for count in counts:
        totals[count.class_name] += count.num_images
    totals = +totals
    if "rarest" in said:
        fewest = min(totals.values())
        named = [name for name in totals if said.startswith(f"{name_class(name)} is rarest")]
        assert named
        assert totals[named[0]] == fewest
        assert f"({max(totals.values()):,})" in said
    else:
        assert not totals or max(totals.values()) < 2 * min(totals.values())
