"""Where the tab's parts lie, from the smallest window to a large one."""

from itertools import pairwise

import pytest

from gui.dataset.layout import measure
from gui.dataset.views import View
from gui.kit.layout import measure_frame

SIZES = [(1024, 700, 1.0), (1280, 800, 1.0), (2560, 1440, 1.0), (2560, 1440, 1.5), (3840, 2160, 3)]


@pytest.mark.parametrize(("width", "height", "scale"), [*SIZES, (1024, 700, 1.5)])
@pytest.mark.parametrize("has_banner", [False, True])
def test_parts_lie_below_each_other_without_overlap(
    width: int, height: int, scale: float, has_banner: bool
) -> None:
    page = measure_frame(width, height, scale=scale, has_banner=has_banner).page
    layout = measure(page, scale=scale)
    parts = [layout.bar, layout.lineage, layout.views, layout.card]
    for above, below in pairwise(parts):
        assert above.y + above.height < below.y
    assert all(part.x == 0 and 0 < part.width <= page.width for part in parts)
    assert layout.card.height >= round(320 * scale)


@pytest.mark.parametrize(("width", "height", "scale"), SIZES)
def test_the_picture_fills_the_page(width: int, height: int, scale: float) -> None:
    page = measure_frame(width, height, scale=scale, has_banner=False).page
    card = measure(page, scale=scale).card
    assert card.y + card.height == page.height
    assert card.width == page.width


def test_a_low_window_is_scrolled_and_leaves_room_for_the_bar() -> None:
    page = measure_frame(1024, 700, scale=1.5, has_banner=False).page
    layout = measure(page, scale=1.5)
    assert layout.card.y + layout.card.height > page.height
    assert layout.card.width < page.width
    assert layout.num_columns == len(View) // 2
