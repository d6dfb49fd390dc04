"""Where the tab's parts lie."""

from dataclasses import dataclass

from gui.kit.layout import Area

_SOURCE = 44
_DESK_SHARE = 0.47
_MAX_DESK = 860


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributeLayout:
    """Parts in pixels, already scaled."""

    source: Area
    story: Area
    desk: Area


def measure(page: Area, *, scale: float) -> ContributeLayout:
    """Share the page out: what happens on the left, one photograph on the right."""
    gap = page.gap
    source_height = round(_SOURCE * scale)
    desk_width = min(round(page.width * _DESK_SHARE), round(_MAX_DESK * scale))
    story_width = page.width - desk_width - gap
    y = page.y + source_height + gap
    height = page.y + page.height - y
    return ContributeLayout(
        source=Area(x=page.x, y=page.y, width=page.width, height=source_height, gap=gap),
        story=Area(x=page.x, y=y, width=story_width, height=height, gap=gap),
        desk=Area(x=page.x + story_width + gap, y=y, width=desk_width, height=height, gap=gap),
    )
