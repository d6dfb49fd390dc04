"""Where the parts of the tab on the cluster lie: inside the page, without overlap."""

from itertools import combinations

import pytest

from gui.kit.layout import Area, measure_frame
from gui.service.layout import measure

SIZES = [(1024, 700), (1200, 800), (1920, 1080), (2560, 1440)]


def overlap(one: Area, other: Area) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize("size_px", SIZES)
@pytest.mark.parametrize("scale", [0.9, 1.0, 1.5, 2.0])
def test_no_part_lies_on_another_or_beside_the_page(size_px: tuple[int, int], scale: float) -> None:
    page = measure_frame(*size_px, scale=scale, has_banner=False).page
    layout = measure(page, scale=scale, num_tiles=6, num_plots=4)
    parts = (*layout.tiles, *layout.plots, layout.side)
    assert not any(overlap(one, other) for one, other in combinations(parts, 2))
    for part in parts:
        assert part.x >= page.x
        assert part.x + part.width <= page.x + page.width
        assert min(part.width, part.height) > 60 * scale


@pytest.mark.parametrize("size_px", SIZES)
def test_at_the_usual_scale_everything_is_seen_at_once(size_px: tuple[int, int]) -> None:
    page = measure_frame(*size_px, scale=1.0, has_banner=False).page
    layout = measure(page, scale=1.0, num_tiles=6, num_plots=4)
    parts = (*layout.tiles, *layout.plots, layout.side)
    assert max(part.y + part.height for part in parts) <= page.y + page.height


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_a_notice_leaves_room_for_the_side(scale: float) -> None:
    page = measure_frame(1024, 700, scale=scale, has_banner=False).page
    layout = measure(page, scale=scale, num_tiles=6, num_plots=4, has_figures=False)
    assert not overlap(layout.notice, layout.side)
    assert layout.side.y < page.y + page.height
