"""Size, brightness and colour by class, measured and said."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gui.dataset.looks import draw_looks, measure_hues, measure_span, name_hue, say_looks, to_paint
from gui.dataset.views import CHOICES, Choice, View
from serve_app.loop_schemas import DrawnImages
from tests.unit.gui.dataset.summary_values import any_images, make_images

RUST, HEALTHY = "maize__common_rust", "apple__healthy"


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_a_span_lies_within_its_values(values: list[float]) -> None:
    span = measure_span(values)
    assert min(values) <= span.low <= span.middle <= span.high <= max(values)
    assert {span.low, span.middle, span.high} <= set(values)


def test_a_span_leaves_out_the_outermost_tenths() -> None:
    span = measure_span(range(100))
    assert (span.low, span.middle, span.high) == (10, 50, 90)


@settings(deadline=None)
@given(
    st.lists(st.floats(-60.0, 60.0), min_size=1, max_size=30),
    st.floats(0.0, 360.0),
)
def test_hues_are_measured_around_the_circle(spread: list[float], turn_deg: float) -> None:
    straight = measure_span(spread)
    turned = measure_hues([(hue + turn_deg) % 360 for hue in spread])
    assert 0 <= turned.middle <= 360
    off = (turned.middle - straight.middle - turn_deg + 180) % 360 - 180
    assert off == pytest.approx(0, abs=1e-6)
    assert turned.high - turned.low == pytest.approx(straight.high - straight.low, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 360.0), min_size=1, max_size=30))
def test_hues_all_around_have_a_span_too(hues: list[float]) -> None:
    span = measure_hues(hues)
    assert span.low <= span.middle <= span.high
    assert span.high - span.low <= 360
    assert span.paint == to_paint(span.middle)


@pytest.mark.parametrize(
    ("hue_deg", "name"),
    [(0, "red"), (350, "red"), (30, "orange"), (60, "yellow"), (100, "green"), (240, "blue")],
)
def test_hues_have_names_and_paints(hue_deg: float, name: str) -> None:
    assert name_hue(hue_deg) == name
    assert name_hue(hue_deg + 360) == name
    assert to_paint(hue_deg) == to_paint(hue_deg + 360)


def test_brightest_and_darkest_are_named_with_a_warning() -> None:
    images = make_images([RUST] * 3 + [HEALTHY] * 3, brightness=[0.3] * 3 + [0.6] * 3)
    assert say_looks(images, Choice.BRIGHTNESS, None) == (
        "Apple, healthy is brightest (60 %), Maize: common rust darkest (30 %). A model may learn "
        "such a difference instead of the disease."
    )
    alike = make_images([RUST, HEALTHY], brightness=[0.5, 0.52])
    assert "the light gives no class away" in say_looks(alike, Choice.BRIGHTNESS, None)


def test_the_commonest_size_is_told() -> None:
    images = make_images([RUST] * 4, sizes=[(256, 256)] * 3 + [(400, 300)])
    assert say_looks(images, Choice.SIZE, None) == (
        "75 % of the photographs measure 256 x 256 pixels; of all, the longer side has 256 to 400."
    )
    assert say_looks(make_images([RUST] * 2), Choice.SIZE, None) == (
        "All 2 photographs measure 256 x 256 pixels."
    )


def test_the_odd_colour_is_named() -> None:
    names = [RUST, HEALTHY, "grape__healthy"]
    said = say_looks(make_images(names, hue_deg=[100.0, 110.0, 300.0]), Choice.COLOUR, None)
    assert said.startswith("2 of 3 classes are green on average. Grape, healthy differs most")
    assert "(purple)" in said
    alike = say_looks(make_images(names), Choice.COLOUR, None)
    assert "every class is more green than anything else" in alike


def test_a_crop_is_drawn_alone_and_told_in_full() -> None:
    images = make_images([RUST, HEALTHY], brightness=[0.3, 0.6])
    spans = draw_looks(images, Choice.BRIGHTNESS, "maize")
    assert [row.label for row in spans.rows] == ["Common rust"]
    assert (
        spans.tell(0) == "Maize: common rust\nmostly 30 to 30 %, the middle one 30 %\n1 photograph"
    )


@settings(deadline=None)
@given(any_images())
def test_everything_can_be_drawn_and_said(images: DrawnImages) -> None:
    for choice in CHOICES[View.LOOKS]:
        for crop in (None, "mango", "nothing_like_it"):
            spans = draw_looks(images, choice, crop)
            middles = [row.spans[0].middle for row in spans.rows if row.spans[0]]
            assert middles == sorted(middles, reverse=True)
            assert say_looks(images, choice, crop)


@settings(deadline=None)
@given(any_images())
def test_the_classes_that_are_named_lie_outermost(images: DrawnImages) -> None:
    rows = draw_looks(images, Choice.COLOURFULNESS, None).rows
    assume(len(rows) > 1)
    first, last = rows[0].spans[0], rows[-1].spans[0]
    assert first is not None
    assert last is not None
    assume(first.middle > last.middle)
    said = say_looks(images, Choice.COLOURFULNESS, None)
    assert f"the most colourful ({first.middle:.0f} %)" in said
    assert f"the palest ({last.middle:.0f} %)" in said
