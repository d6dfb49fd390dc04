"""The window's frame: nothing overlaps or leaves the window, from the smallest size up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.kit.layout import MIN_HEIGHT_PX, MIN_WIDTH_PX, fit, measure_frame


@given(
    width_px=st.integers(MIN_WIDTH_PX, 7680),
    height_px=st.integers(MIN_HEIGHT_PX, 4320),
    has_banner=st.booleans(),
)
def test_header_rail_banner_and_page_do_not_overlap(
    width_px: int, height_px: int, has_banner: bool
) -> None:
    frame = measure_frame(width_px, height_px, scale=1.0, has_banner=has_banner)
    assert frame.rail.y == frame.header_height
    assert frame.rail.y + frame.rail.height == height_px
    assert frame.page.x > frame.rail.width
    assert frame.page.x + frame.page.width < width_px
    assert frame.page.y + frame.page.height < height_px
    assert frame.banner.y > frame.header_height
    assert frame.page.y >= frame.banner.y + (frame.banner.height if has_banner else 0)


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
