"""Sizes of the diagnosing tab: its parts fill the page without overlap."""

from hypothesis import given
from hypothesis import strategies as st

from gui.diagnose.layout import halve, measure, measure_table
from gui.kit.layout import MIN_HEIGHT_PX, MIN_WIDTH_PX, Area, measure_frame


@given(
    width_px=st.integers(MIN_WIDTH_PX, 7680),
    height_px=st.integers(MIN_HEIGHT_PX, 4320),
    has_strip=st.booleans(),
)
def test_the_parts_fill_the_page_without_overlap(
    width_px: int, height_px: int, has_strip: bool
) -> None:
    page = measure_frame(width_px, height_px, scale=1.0, has_banner=False).page
    layout = measure(page, scale=1.0, has_strip=has_strip)
    assert layout.source.y == page.y
    assert layout.bar.y == layout.diagnosis.y >= layout.source.y + layout.source.height
    assert layout.photo.y >= layout.bar.y + layout.bar.height
    assert layout.photo.height > 0
    assert layout.diagnosis.y + layout.diagnosis.height == page.y + page.height
    assert layout.photo.width + page.gap + layout.diagnosis.width == page.width
    assert layout.photo.width >= layout.diagnosis.width
    if has_strip:
        assert layout.strip.y >= layout.photo.y + layout.photo.height
        assert layout.strip.y + layout.strip.height == page.y + page.height


def test_a_bar_that_does_not_fit_above_the_photo_lies_above_the_diagnosis_too() -> None:
    page = measure_frame(MIN_WIDTH_PX, MIN_HEIGHT_PX, scale=1.5, has_banner=False).page
    layout = measure(page, scale=1.5, has_strip=False)
    assert layout.bar.width == page.width
    assert layout.diagnosis.y == layout.photo.y >= layout.bar.y + layout.bar.height
    assert layout.diagnosis.y + layout.diagnosis.height == page.y + page.height


@given(
    width_px=st.integers(MIN_WIDTH_PX, 7680),
    height_px=st.integers(MIN_HEIGHT_PX, 4320),
    scale=st.sampled_from([0.75, 1.0, 1.5]),
)
def test_the_table_and_its_summary_fill_the_page(
    width_px: int, height_px: int, scale: float
) -> None:
    page = measure_frame(width_px, height_px, scale=scale, has_banner=False).page
    layout = measure_table(page, scale=scale)
    assert layout.bar.y == layout.summary.y >= layout.source.y + layout.source.height
    assert layout.table.y >= layout.bar.y + layout.bar.height
    assert layout.table.y + layout.table.height == page.y + page.height
    assert layout.summary.y + layout.summary.height == page.y + page.height
    assert layout.table.width + page.gap + layout.summary.width == page.width
    assert layout.table.width > layout.summary.width


@given(width=st.integers(100, 4000), gap=st.integers(0, 40))
def test_two_halves_are_equal_and_fill_the_area(width: int, gap: int) -> None:
    area = Area(x=7, y=9, width=width, height=50, gap=gap)
    left, right = halve(area)
    assert left.width == right.width
    assert left.x == area.x
    assert right.x + right.width == area.x + area.width
    assert right.x - (left.x + left.width) in (gap, gap + 1)
