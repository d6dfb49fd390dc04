"""Where the window's parts lie, as a pure function of the viewport."""

from dataclasses import dataclass

MIN_WIDTH_PX = 1024
MIN_HEIGHT_PX = 700

_HEADER = 68
_RAIL = 132
_MARGIN = 20
_GAP = 16
_BANNER = 64
_MIN_PAGE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A rectangle of the window in pixels, already scaled, and how far apart parts lie in it."""

    x: int
    y: int
    width: int
    height: int
    gap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The window around a page, in pixels, already scaled."""

    width: int
    header_height: int
    rail: Area
    banner: Area
    page: Area


def measure_frame(
    viewport_width_px: int, viewport_height_px: int, *, scale: float, has_banner: bool
) -> Frame:
    """Share the viewport out: header above, tabs on the left, the page takes what they leave."""

    def px(size: float) -> int:
        return round(size * scale)

    margin, gap, header, rail = px(_MARGIN), px(_GAP), px(_HEADER), px(_RAIL)
    x, y = rail + margin, header + gap
    width = viewport_width_px - rail - 2 * margin
    page_y = y + (px(_BANNER) + gap if has_banner else 0)
    return Frame(
        width=viewport_width_px,
        header_height=header,
        rail=Area(x=0, y=header, width=rail, height=viewport_height_px - header, gap=px(8)),
        banner=Area(x=x, y=y, width=width, height=px(_BANNER), gap=gap),
        page=Area(
            x=x,
            y=page_y,
            width=width,
            height=max(viewport_height_px - margin - page_y, px(_MIN_PAGE)),
            gap=gap,
        ),
    )


def fit(
    image_width_px: int, image_height_px: int, box_width_px: int, box_height_px: int
) -> tuple[int, int]:
    """Return the largest size of the image's shape inside the box; at least one pixel a side."""
    scale = min(box_width_px / image_width_px, box_height_px / image_height_px)
    return max(1, round(image_width_px * scale)), max(1, round(image_height_px * scale))
