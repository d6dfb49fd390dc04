"""The map: neighbours, colours, and which classes lie among each other."""

import numpy as np
import pytest
from hypothesis import given, settings

from gui.dataset.look_alikes import NUM_NEIGHBOURS, draw_map, find_neighbours, say_map
from gui.dataset.views import CHOICES, Choice, View
from serve_app.loop_schemas import DrawnImages
from tests.unit.gui.dataset.summary_values import any_images, make_images

RUST, BLIGHT, HEALTHY = "maize__common_rust", "maize__northern_leaf_blight", "apple__healthy"


def test_the_nearest_are_found_across_parts() -> None:
    places = np.random.default_rng(3).uniform(-1, 1, size=(700, 2)).astype(np.float32)
    found = find_neighbours(places[:, 0].tolist(), places[:, 1].tolist())
    for idx in (0, 255, 256, 511, 699):
        distances = ((places - places[idx]) ** 2).sum(axis=1)
        distances[idx] = np.inf
        expected = np.argsort(distances)[:NUM_NEIGHBOURS]
        assert set(found[idx]) == set(expected.tolist())


@pytest.mark.parametrize("num", [0, 1, 2, 6])
def test_few_photographs_have_few_neighbours(num: int) -> None:
    found = find_neighbours([0.1 * idx for idx in range(num)], [0.0] * num)
    assert [len(near) for near in found] == [min(NUM_NEIGHBOURS, max(num - 1, 0))] * num
    assert all(idx not in near for idx, near in enumerate(found))


def test_two_classes_in_one_place_are_named() -> None:
    names = [HEALTHY] * 20 + [RUST, BLIGHT] * 20
    x = [-0.9 + 0.001 * idx for idx in range(20)] + [0.9 - 0.001 * idx for idx in range(40)]
    images = make_images(names, x=x, y=[0.0] * 60)
    neighbours = find_neighbours(images.x, images.y)
    said = say_map(images, neighbours, "maize")
    assert said.startswith("Only ")
    assert "Maize: common rust and Maize: northern leaf blight" in said.replace(
        "Maize: northern leaf blight and Maize: common rust",
        "Maize: common rust and Maize: northern leaf blight",
    )
    assert say_map(images, neighbours, "apple") == (
        "100 % of what lies next to a photograph shows the same class, so looks tell them apart "
        "well."
    )


def test_a_class_of_a_few_is_not_named_for_one_that_strays() -> None:
    names = [HEALTHY] * 20 + [RUST] * 3
    images = make_images(names, x=[0.01 * idx for idx in range(23)], y=[0.0] * 23)
    said = say_map(images, find_neighbours(images.x, images.y), None)
    assert "Most alike are Apple, healthy and Maize: common rust" in said


def test_too_few_are_no_map() -> None:
    assert say_map(make_images([RUST]), ((),), None) == "There are too few photographs for a map."


def test_dots_are_coloured_by_crop_by_class_or_by_source() -> None:
    images = make_images([RUST, HEALTHY, BLIGHT], sources=["lab", "field", "lab"])
    by_crop = draw_map(images, Choice.MAP_BY_KIND, None)
    assert by_crop.groups == {"Apple": (1,), "Maize": (0, 2)}
    assert by_crop.others == ()
    by_class = draw_map(images, Choice.MAP_BY_KIND, "maize")
    assert by_class.groups == {"Common rust": (0,), "Northern leaf blight": (2,)}
    assert by_class.others == (1,)
    by_source = draw_map(images, Choice.MAP_BY_SOURCE, "apple")
    assert by_source.groups == {"field": (1,)}
    # The colour of a source stays the same, whatever crop is shown.
    assert by_source.hues == (1,)
    assert draw_map(images, Choice.MAP_BY_SOURCE, None).hues == (0, 1)
    assert by_source.tell(1) == "Apple, healthy\nfield, to learn from"
    assert by_source.get_photos(1) == (images.sha256[1],)


@settings(max_examples=50, deadline=None)
@given(any_images())
def test_every_photograph_is_one_dot(images: DrawnImages) -> None:
    neighbours = find_neighbours(images.x, images.y)
    for choice in CHOICES[View.MAP]:
        for crop in (None, "mango"):
            dots = draw_map(images, choice, crop)
            drawn = sorted([*dots.others, *(idx for part in dots.groups.values() for idx in part)])
            assert drawn == list(range(len(images.sha256)))
            assert len(dots.hues) == len(dots.groups)
            assert say_map(images, neighbours, crop)
