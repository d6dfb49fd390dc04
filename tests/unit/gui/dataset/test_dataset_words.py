"""How classes, sources and numbers are said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.dataset.words import (
    name_class,
    name_condition,
    name_crop,
    name_source,
    order_sources,
    say_condition,
    say_list,
    say_photos,
    say_share,
    say_source,
    say_sure,
    to_crop,
)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0 %"),
        (0.0001, "less than 1 %"),
        (0.011, "1 %"),
        (0.5, "50 %"),
        (0.999, "more than 99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_never_a_false_nothing_or_all(share: float, said: str) -> None:
    assert say_share(share) == said


@pytest.mark.parametrize(
    ("probability", "said"), [(0.9, "90.0 %"), (0.99954, "> 99.9 %"), (1.0, "100.0 %")]
)
def test_the_model_is_never_said_to_be_surer_than_it_is(probability: float, said: str) -> None:
    assert say_sure(probability) == said


def test_classes_have_the_names_that_people_use() -> None:
    assert name_class("tomato__late_blight") == "Tomato: late blight"
    assert name_condition("tomato__septoria_leaf_spot") == "Septoria leaf spot"
    assert say_condition("tomato__late_blight") == "late blight"
    assert name_crop(to_crop("bell_pepper__healthy")) == "Bell pepper"


def test_what_a_newer_server_knows_is_said_too() -> None:
    assert name_class("sweet_potato__black_rot") == "Sweet potato: black rot"
    assert name_class("mango") == "Mango"
    assert name_condition("mango") == "Mango"
    assert name_source("satellite") == "satellite"
    assert say_source("satellite") == "from satellite"
    assert order_sources(["satellite", "upload", "lab", "lab"]) == ["lab", "upload", "satellite"]


def test_numbers_are_for_people() -> None:
    assert say_photos(1) == "1 photograph"
    assert say_photos(7807) == "7,807 photographs"


@settings(deadline=None)
@given(st.lists(st.text("abc", min_size=1), max_size=12))
def test_a_list_names_the_first_and_counts_the_others(names: list[str]) -> None:
    said = say_list(names)
    num_named = len(names) if len(names) <= 5 else 4
    assert all(name in said for name in names[:num_named])
    assert (f"{len(names) - 4} others" in said) == (len(names) > 5)


def test_a_list_is_said_as_one_speaks() -> None:
    assert say_list([]) == ""
    assert say_list(["one"]) == "one"
    assert say_list(["one", "two", "three"]) == "one, two and three"
