"""Where the parts of the tab lie: the picture takes what the rest leaves."""

from dataclasses import dataclass

from gui.dataset.views import View
from gui.kit.layout import Area

_BAR = 44
_LINEAGE = 22
_VIEW = 40
_MIN_VIEW_WIDTH = 122
_MIN_CARD = 320
_SCROLLBAR = 14
_SMALL_GAP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetLayout:
    """Parts in pixels, already scaled, inside the page; the views stand in ``num_columns``."""

    bar: Area
    lineage: Area
    views: Area
    num_columns: int
    card: Area


def measure(page: Area, *, scale: float) -> DatasetLayout:
    """Share the page out; where it is too low for a picture the parts reach below it.

    Where the views' buttons do not fit in one row they take two.
    """
    layout = _measure(page.width, page.height, page.gap, scale)
    if layout.card.y + layout.card.height > page.height:
        # What reaches below is scrolled to.
        return _measure(page.width - round(_SCROLLBAR * scale), page.height, page.gap, scale)
    return layout


def _measure(width: int, height: int, gap: int, scale: float) -> DatasetLayout:
    def px(size: float) -> int:
        return round(size * scale)

    small = px(_SMALL_GAP)
    num_views = len(View)
    room = (width - (num_views - 1) * small) // num_views
    num_columns = num_views if room >= px(_MIN_VIEW_WIDTH) else num_views // 2
    num_rows = -(-num_views // num_columns)

    bar = Area(x=0, y=0, width=width, height=px(_BAR), gap=small)
    lineage = Area(x=0, y=bar.height + small, width=width, height=px(_LINEAGE), gap=small)
    views = Area(
        x=0,
        y=lineage.y + lineage.height + small,
        width=width,
        height=num_rows * px(_VIEW) + (num_rows - 1) * small,
        gap=small,
    )
    card_y = views.y + views.height + gap
    card = Area(x=0, y=card_y, width=width, height=max(height - card_y, px(_MIN_CARD)), gap=gap)
    return DatasetLayout(bar=bar, lineage=lineage, views=views, num_columns=num_columns, card=card)
