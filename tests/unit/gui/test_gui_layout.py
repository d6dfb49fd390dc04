"""Sizes: nothing overlaps or leaves the window, from the smallest size up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.layout import MIN_HEIGHT_PX, MIN_WIDTH_PX, fit, measure


@given(
    width_px=st.integers(MIN_WIDTH_PX, 7680),
    height_px=st.integers(MIN_HEIGHT_PX, 4320),
    has_banner=st.booleans(),
    has_strip=st.booleans(),
)
def test_the_parts_fill_the_window_without_overlap(
    width_px: int, height_px: int, has_banner: bool, has_strip: bool
) -> None:
    layout = measure(width_px, height_px, scale=1.0, has_banner=has_banner, has_strip=has_strip)
    assert layout.source_y >= layout.header_height
    assert layout.banner_y >= layout.source_y + layout.source_height
    assert layout.body_y >= layout.banner_y + (layout.banner_height if has_banner else 0)
    assert layout.body_y + layout.body_height == height_px - layout.margin
    assert layout.photo_width + layout.gap + layout.result_width == layout.content_width
    assert layout.photo_width >= layout.result_width
    if has_strip:
        assert layout.strip_y >= layout.body_y + layout.photo_height
        assert layout.strip_y + layout.strip_height == height_px - layout.margin


@pytest.mark.parametrize(
    ("image", "box", "size"),
    [
        ((100, 100), (300, 200), (200, 200)),
        ((4000, 1000), (400, 400), (400, 100)),
        ((1, 20000), (100, 100), (1, 100)),
    ],
)
def test_photos_keep_their_shape(
    image: tuple[int, int], box: tuple[int, int], size: tuple[int, int]
) -> None:
    assert fit(*image, *box) == size
