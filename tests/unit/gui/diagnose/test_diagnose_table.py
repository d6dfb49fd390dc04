"""A set as rows and counts."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.diagnose.answers import Score
from gui.diagnose.photos import Photo, PhotoStatus
from gui.diagnose.table import Column, Sort, Tally, count_conditions, to_rows
from gui.kit.tones import Tone
from models.labels import get_label
from tests.unit.gui.diagnose.test_diagnose_state import DIAGNOSIS

CLASS_NAMES = ("tomato__late_blight", "apple__healthy", "grape__black_rot")


def make_photo(
    file: str, class_name: str = CLASS_NAMES[0], probability: float = 0.9, code: str | None = None
) -> Photo:
    name = get_label(class_name).display_name
    score = Score(class_name=class_name, display_name=name, probability=probability)
    diagnosis = replace(DIAGNOSIS, top=(score,), is_known=code is None, refusal_code=code)
    return Photo(path=Path("a folder") / file, status=PhotoStatus.DIAGNOSED, diagnosis=diagnosis)


WAITING = Photo(path=Path("waiting.jpg"))
BROKEN = Photo(path=Path("Broken.jpg"), status=PhotoStatus.FAILED, problem="Cut off.")
PHOTOS = (
    make_photo("b.jpg", CLASS_NAMES[0], 0.7),
    BROKEN,
    make_photo("C.jpg", CLASS_NAMES[1], 0.99),
    make_photo("a.jpg", CLASS_NAMES[2], 0.6, code="blurred"),
    WAITING,
)


def test_a_row_names_no_disease_of_a_leaf_that_is_not_known() -> None:
    rows = to_rows(PHOTOS)
    assert [row.photo_idx for row in rows] == [0, 1, 2, 3, 4]
    assert (rows[0].crop, rows[0].condition, rows[0].probability) == ("Tomato", "late blight", 0.7)
    assert (rows[3].crop, rows[3].condition, rows[3].probability) == ("-", "-", None)
    assert [row.outcome for row in rows] == [
        "known",
        "not readable",
        "known",
        "blurred",
        "waiting",
    ]
    assert [row.tone for row in rows] == [
        Tone.KNOWN,
        Tone.FAILED,
        Tone.KNOWN,
        Tone.UNKNOWN,
        Tone.WAITING,
    ]


@pytest.mark.parametrize(
    ("column", "is_descending", "order"),
    [
        (Column.FILE, False, [3, 0, 1, 2, 4]),
        (Column.FILE, True, [4, 2, 1, 0, 3]),
        (Column.CROP, False, [2, 0, 1, 3, 4]),
        (Column.CROP, True, [0, 2, 1, 3, 4]),
        (Column.PROBABILITY, False, [0, 2, 1, 3, 4]),
        (Column.PROBABILITY, True, [2, 0, 1, 3, 4]),
        (Column.OUTCOME, False, [3, 0, 2, 1, 4]),
    ],
)
def test_a_column_sorts_both_ways_and_what_it_cannot_tell_stays_last(
    column: Column, is_descending: bool, order: list[int]
) -> None:
    rows = to_rows(PHOTOS, Sort(column=column, is_descending=is_descending))
    assert [row.photo_idx for row in rows] == order


@given(
    photos=st.lists(st.sampled_from(PHOTOS), max_size=12),
    column=st.sampled_from(Column),
    is_descending=st.booleans(),
)
def test_sorting_loses_no_photo(photos: list[Photo], column: Column, is_descending: bool) -> None:
    rows = to_rows(photos, Sort(column=column, is_descending=is_descending))
    assert sorted(row.photo_idx for row in rows) == list(range(len(photos)))


def test_conditions_are_counted_most_first_and_what_is_not_known_after_them() -> None:
    photos = (*PHOTOS, make_photo("d.jpg", CLASS_NAMES[1]), make_photo("e.jpg", code="strange"))
    assert count_conditions(photos) == (
        Tally(label="Apple, healthy", count=2, tone=Tone.KNOWN),
        Tally(label="Tomato: late blight", count=1, tone=Tone.KNOWN),
        Tally(label="Blurred", count=1, tone=Tone.UNKNOWN),
        Tally(label="Unknown leaf", count=1, tone=Tone.UNKNOWN),
        Tally(label="Not readable", count=1, tone=Tone.FAILED),
    )


def test_a_class_of_a_newer_server_has_its_own_name() -> None:
    photo = make_photo("q.jpg")
    assert photo.diagnosis is not None
    new = Score(class_name="quince__rust", display_name="Quince: rust", probability=0.8)
    row = to_rows((replace(photo, diagnosis=replace(photo.diagnosis, top=(new,))),))[0]
    assert (row.crop, row.condition) == ("-", "Quince: rust")
