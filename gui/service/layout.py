"""Where the parts of the tab on the cluster lie, as a pure function of the page."""

from dataclasses import dataclass, replace

from gui.kit.layout import Area

_TILE_HEIGHT = 92
# Side by side, if each is wide enough.
_MIN_TILE = 190
_NUM_TILE_COLUMNS = (6, 3)
_NUM_PLOT_COLUMNS = 2
_SCROLLBAR = 12
_SIDE = 316
_MAX_SIDE = 440
_MIN_FIGURES = 480
_SIDE_HEIGHT_BELOW = 560
_NOTICE_HEIGHT = 290
_MIN_PLOT_HEIGHT = 150
_MAX_PLOT_HEIGHT = 620


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLayout:
    """Parts in pixels, already scaled; tiles and plots row by row, in places of the page."""

    side: Area
    notice: Area
    tiles: tuple[Area, ...]
    plots: tuple[Area, ...]


def measure(
    page: Area, *, scale: float, num_tiles: int, num_plots: int, has_figures: bool = True
) -> ServiceLayout:
    """Share the page out: figures, or a notice, on the left, what they are of on the right.

    Where it is too narrow for that, one below the other.
    """
    gap = page.gap
    side_width = max(round(_SIDE * scale), min(round(_MAX_SIDE * scale), page.width // 4))
    is_stacked = page.width - side_width - gap < _MIN_FIGURES * scale
    width = page.width - (round(_SCROLLBAR * scale) if is_stacked else side_width + gap)
    num_columns = next(
        (
            columns
            for columns in _NUM_TILE_COLUMNS
            if width >= columns * _MIN_TILE * scale + (columns - 1) * gap
        ),
        _NUM_TILE_COLUMNS[-1],
    )
    first_tile = Area(x=page.x, y=page.y, width=width, height=round(_TILE_HEIGHT * scale), gap=gap)
    tiles = _place(first_tile, num_tiles, num_columns)
    plots_y = tiles[-1].y + tiles[-1].height + gap
    num_rows = -(-num_plots // _NUM_PLOT_COLUMNS)
    room = (page.y + page.height - plots_y - (num_rows - 1) * gap) // num_rows
    plot_height = min(max(room, round(_MIN_PLOT_HEIGHT * scale)), round(_MAX_PLOT_HEIGHT * scale))
    first_plot = Area(x=page.x, y=plots_y, width=width, height=plot_height, gap=gap)
    plots = _place(first_plot, num_plots, _NUM_PLOT_COLUMNS)
    side = Area(x=page.x + width + gap, y=page.y, width=side_width, height=page.height, gap=gap)
    notice = Area(x=page.x, y=page.y, width=width, height=page.height, gap=gap)
    if is_stacked:
        notice = replace(notice, height=round(_NOTICE_HEIGHT * scale))
        above = plots[-1] if has_figures else notice
        side = Area(
            x=page.x,
            y=above.y + above.height + gap,
            width=width,
            height=round(_SIDE_HEIGHT_BELOW * scale),
            gap=gap,
        )
    return ServiceLayout(side=side, notice=notice, tiles=tiles, plots=plots)


def _place(first_row: Area, num_parts: int, num_columns: int) -> tuple[Area, ...]:
    """Return parts of equal size, row by row from ``first_row`` on."""
    gap = first_row.gap
    width = (first_row.width - (num_columns - 1) * gap) // num_columns
    return tuple(
        Area(
            x=first_row.x + column * (width + gap),
            y=first_row.y + row * (first_row.height + gap),
            width=width,
            height=first_row.height,
            gap=gap,
        )
        for row, column in (divmod(idx, num_columns) for idx in range(num_parts))
    )
