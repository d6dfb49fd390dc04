"""Where the tab's parts lie."""

from dataclasses import dataclass

from gui.kit.layout import Area

_PARTS = 44
_SIDE_SHARE = 0.36
_MIN_SIDE, _MAX_SIDE = 320, 520
# The list never leaves less than the other half to what is read.
_MAX_SIDE_SHARE = 0.44


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainLayout:
    """Parts in pixels, already scaled; ``body`` is ``side`` and ``main`` together."""

    parts: Area
    body: Area
    side: Area
    main: Area


def measure(page: Area, *, scale: float) -> RetrainLayout:
    """Share the page out: what to look at above, the list on the left, one of it on the right."""
    gap, parts_height = page.gap, round(_PARTS * scale)
    y = page.y + parts_height + gap
    height = page.y + page.height - y
    wished = round(page.width * _SIDE_SHARE)
    side_width = min(
        max(wished, round(_MIN_SIDE * scale)),
        round(_MAX_SIDE * scale),
        round(page.width * _MAX_SIDE_SHARE),
    )
    main_x = page.x + side_width + gap
    return RetrainLayout(
        parts=Area(x=page.x, y=page.y, width=page.width, height=parts_height, gap=gap),
        body=Area(x=page.x, y=y, width=page.width, height=height, gap=gap),
        side=Area(x=page.x, y=y, width=side_width, height=height, gap=gap),
        main=Area(x=main_x, y=y, width=page.x + page.width - main_x, height=height, gap=gap),
    )
