"""What the window says."""

from dataclasses import replace
from pathlib import Path

import pytest

from gui.diagnose import set_words, words
from gui.diagnose.answers import Diagnosis, Origin, Reference, Score, Subject
from gui.diagnose.export import Export
from gui.diagnose.heat import Heat, HeatStatus
from gui.diagnose.photos import Photo, PhotoStatus
from gui.diagnose.state import DiagnoseState

KNOWN = Diagnosis(
    top=(
        Score(class_name="a", display_name="Tomato: late blight", probability=0.93),
        Score(class_name="b", display_name="Potato: late blight", probability=0.05),
    ),
    plausible=("a", "b"),
    is_known=True,
    refusal_code=None,
    refusal_reason=None,
    model_version="v7",
    latency_ms=41.6,
    origin=Origin.SERVER,
)
UNKNOWN = replace(
    KNOWN, is_known=False, refusal_code="unknown_leaf", refusal_reason="score 9 above 3"
)


def with_probability(probability: float) -> Diagnosis:
    return replace(KNOWN, top=(replace(KNOWN.top[0], probability=probability), KNOWN.top[1]))


@pytest.mark.parametrize(
    ("probability", "headline"),
    [
        (0.93, "Tomato: late blight"),
        (0.6, "Probably Tomato: late blight"),
        (0.3, "Perhaps Tomato: late blight"),
    ],
)
def test_the_headline_says_how_sure_it_is(probability: float, headline: str) -> None:
    assert words.say_headline(with_probability(probability)) == headline


def test_an_unknown_leaf_gets_no_disease_even_at_high_probability() -> None:
    unknown = replace(with_probability(0.999), is_known=False, refusal_code="unknown_leaf")
    text = words.say_headline(unknown) + words.say_detail(unknown)
    assert words.say_headline(unknown) == "This does not look like a leaf I know"
    assert "blight" not in text
    assert "one leaf" in text


def test_a_photo_refused_for_its_quality_is_told_why() -> None:
    blurred = replace(
        KNOWN, is_known=False, refusal_code="blurred", refusal_reason="hold the camera still"
    )
    assert words.say_headline(blurred) == "This photo is too blurred"
    assert words.say_detail(blurred) == "Hold the camera still."


def test_other_plausible_classes_are_named() -> None:
    assert words.say_detail(KNOWN) == "93.0 % sure. It could also be Potato: late blight."
    alone = replace(KNOWN, plausible=("a",))
    assert words.say_detail(alone) == "93.0 % sure."


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "100.0 %"), (0.99999, "> 99.9 %"), (0.0004, "< 0.1 %"), (0.0, "0.0 %"), (0.5, "50.0 %")],
)
def test_percentages_are_never_falsely_certain(probability: float, text: str) -> None:
    assert words.say_percent(probability) == text


def test_the_small_print_names_place_time_and_model() -> None:
    assert words.say_facts(KNOWN) == "Diagnosed by the server in 42 ms  ·  model v7"
    here = replace(KNOWN, origin=Origin.LAPTOP)
    assert "on this laptop" in words.say_facts(here)


def test_progress_counts_known_unknown_and_unreadable() -> None:
    photos = (
        Photo(path=Path("a"), status=PhotoStatus.DIAGNOSED, diagnosis=KNOWN),
        Photo(path=Path("b"), status=PhotoStatus.DIAGNOSED, diagnosis=UNKNOWN),
        Photo(path=Path("c"), status=PhotoStatus.FAILED, problem="Bad."),
    )
    state = replace(DiagnoseState(), photos=photos, selected_idx=0)
    assert (
        set_words.say_progress(state) == "Photo 1 of 3  ·  1 known  ·  1 unknown  ·  1 not readable"
    )
    waiting = replace(state, photos=(*photos, Photo(path=Path("d"))))
    assert set_words.say_progress(waiting) == "Photo 1 of 4  ·  3 diagnosed"


def test_a_heat_map_says_what_it_tells_or_why_there_is_none() -> None:
    subject = Subject(path=Path("a"), diagnosis=KNOWN)
    heat = Heat(is_on=True, subject=subject, status=HeatStatus.READY)
    assert words.say_heat(heat) == "In red: what speaks for Tomato: late blight"
    assert "Looking" in words.say_heat(replace(heat, status=HeatStatus.ASKED))
    failed = replace(heat, status=HeatStatus.FAILED, problem="The file is gone.")
    assert words.say_heat(failed) == "No evidence to show: The file is gone."
    assert words.say_heat(replace(heat, is_on=False)) == ""


def test_a_set_is_told_in_a_sentence() -> None:
    known = Photo(path=Path("a"), status=PhotoStatus.DIAGNOSED, diagnosis=KNOWN)
    unknown = Photo(path=Path("b"), status=PhotoStatus.DIAGNOSED, diagnosis=UNKNOWN)
    waiting = Photo(path=Path("c"))

    def say(*photos: Photo) -> tuple[str, str]:
        return set_words.say_set(replace(DiagnoseState(), photos=photos))

    assert say()[0] == "No photos yet"
    assert say(known) == ("1 photo", "All of them show a leaf that I know.")
    assert say(known, unknown)[1].startswith("1 with a diagnosis, 1 without")
    assert say(known, unknown, waiting) == ("3 photos", "2 diagnosed, 1 to go.")


def test_where_a_set_was_saved_is_said_or_why_not() -> None:
    assert set_words.say_export(Export(), 5) == ""
    assert set_words.say_export(Export(is_running=True, num_written=2), 5).endswith("2 of 5 photos")
    assert set_words.say_export(Export(saved_path=Path("set.csv")), 5) == "Saved as set.csv"
    assert set_words.say_export(Export(problem="Full."), 5) == "Full."


def test_the_nearest_photos_of_the_training_are_named_once_a_class() -> None:
    references = tuple(
        Reference(display_name=name, similarity=similarity)
        for name, similarity in (("Apple: scab", 0.91), ("Apple: scab", 0.9), ("Pear", 0.4))
    )
    heat = Heat(is_on=True, status=HeatStatus.READY, references=references)
    assert words.say_references(heat).endswith("Apple: scab (91 % alike); Pear (40 % alike).")
    assert words.say_references(replace(heat, is_on=False)) == ""
    assert words.say_references(replace(heat, references=())) == ""
