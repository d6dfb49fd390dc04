"""Where the diagnosing tab's parts lie: the photo takes what the rest leaves."""

from dataclasses import dataclass, replace

from gui.kit.layout import Area

_SOURCE = 44
_BAR = 36
# Room for three views and two tools.
_MIN_BAR_WIDTH = 410
_STRIP = 136
_RESULT_SHARE = 0.46
_MAX_RESULT = 760
_SUMMARY_SHARE = 0.33
_MAX_SUMMARY = 560


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseLayout:
    """Parts in pixels, already scaled."""

    source: Area
    bar: Area
    photo: Area
    diagnosis: Area
    strip: Area


def measure(page: Area, *, scale: float, has_strip: bool) -> DiagnoseLayout:
    """Share the page out."""
    gap = page.gap
    source_height, strip_height = round(_SOURCE * scale), round(_STRIP * scale)
    result_width = min(round(page.width * _RESULT_SHARE), round(_MAX_RESULT * scale))
    photo_width = page.width - result_width - gap
    body_y = page.y + source_height + gap
    body_height = page.y + page.height - body_y
    bar_height = round(_BAR * scale)
    photo_y = body_y + bar_height + gap // 2
    photo_height = body_y + body_height - photo_y - (strip_height + gap if has_strip else 0)
    # A bar that does not fit above the photo lies above the diagnosis as well.
    is_bar_long = photo_width < _MIN_BAR_WIDTH * scale
    result_y = photo_y if is_bar_long else body_y
    return DiagnoseLayout(
        source=Area(x=page.x, y=page.y, width=page.width, height=source_height, gap=gap),
        bar=Area(
            x=page.x,
            y=body_y,
            width=page.width if is_bar_long else photo_width,
            height=bar_height,
            gap=gap,
        ),
        photo=Area(x=page.x, y=photo_y, width=photo_width, height=photo_height, gap=gap),
        diagnosis=Area(
            x=page.x + photo_width + gap,
            y=result_y,
            width=result_width,
            height=body_y + body_height - result_y,
            gap=gap,
        ),
        strip=Area(
            x=page.x,
            y=photo_y + photo_height + gap,
            width=photo_width,
            height=strip_height,
            gap=gap,
        ),
    )


def halve(area: Area) -> tuple[Area, Area]:
    """Return two halves of an area, side by side, as far apart as its parts are."""
    width = (area.width - area.gap) // 2
    left = replace(area, width=width)
    return left, replace(area, x=area.x + area.width - width, width=width)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLayout:
    """Parts of the view of all photos, in pixels, already scaled."""

    source: Area
    bar: Area
    table: Area
    summary: Area


def measure_table(page: Area, *, scale: float) -> TableLayout:
    """Share the page out: the table takes what the summary leaves."""
    gap = page.gap
    source_height, bar_height = round(_SOURCE * scale), round(_BAR * scale)
    summary_width = min(round(page.width * _SUMMARY_SHARE), round(_MAX_SUMMARY * scale))
    table_width = page.width - summary_width - gap
    body_y = page.y + source_height + gap
    body_height = page.y + page.height - body_y
    table_y = body_y + bar_height + gap // 2
    return TableLayout(
        source=Area(x=page.x, y=page.y, width=page.width, height=source_height, gap=gap),
        bar=Area(x=page.x, y=body_y, width=table_width, height=bar_height, gap=gap),
        table=Area(
            x=page.x,
            y=table_y,
            width=table_width,
            height=body_y + body_height - table_y,
            gap=gap,
        ),
        summary=Area(
            x=page.x + table_width + gap,
            y=body_y,
            width=summary_width,
            height=body_height,
            gap=gap,
        ),
    )
