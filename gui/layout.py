"""Sizes of the window's parts as a pure function of the viewport."""

from dataclasses import dataclass

MIN_WIDTH_PX = 1024
MIN_HEIGHT_PX = 700

_MARGIN = 24
_GAP = 16
_HEADER = 68
_SOURCE = 44
_BANNER = 64
_STRIP = 126
_RESULT_SHARE = 0.46
_MAX_RESULT = 760
_MIN_BODY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Pixels, already scaled."""

    width: int
    margin: int
    gap: int
    header_height: int
    source_height: int
    banner_height: int
    strip_height: int
    body_height: int
    photo_height: int
    source_y: int
    banner_y: int
    body_y: int
    strip_y: int
    photo_width: int
    result_width: int

    @property
    def content_width(self) -> int:
        """Between the margins."""
        return self.width - 2 * self.margin


def measure(
    viewport_width_px: int,
    viewport_height_px: int,
    *,
    scale: float,
    has_banner: bool,
    has_strip: bool,
) -> Layout:
    """Share the viewport out; the photo takes what the rest leaves."""

    def px(size: float) -> int:
        return round(size * scale)

    margin, gap = px(_MARGIN), px(_GAP)
    content_width = viewport_width_px - 2 * margin
    result_width = min(round(content_width * _RESULT_SHARE), px(_MAX_RESULT))
    source_y = px(_HEADER) + gap
    banner_y = source_y + px(_SOURCE) + gap
    body_y = banner_y + (px(_BANNER) + gap if has_banner else 0)
    body_height = max(viewport_height_px - margin - body_y, px(_MIN_BODY))
    photo_height = body_height - (px(_STRIP) + gap if has_strip else 0)
    return Layout(
        width=viewport_width_px,
        margin=margin,
        gap=gap,
        header_height=px(_HEADER),
        source_height=px(_SOURCE),
        banner_height=px(_BANNER),
        strip_height=px(_STRIP),
        body_height=body_height,
        photo_height=photo_height,
        source_y=source_y,
        banner_y=banner_y,
        body_y=body_y,
        strip_y=body_y + photo_height + gap,
        photo_width=content_width - result_width - gap,
        result_width=result_width,
    )


def fit(
    image_width_px: int, image_height_px: int, box_width_px: int, box_height_px: int
) -> tuple[int, int]:
    """Return the largest size of the image's shape inside the box; at least one pixel a side."""
    scale = min(box_width_px / image_width_px, box_height_px / image_height_px)
    return max(1, round(image_width_px * scale)), max(1, round(image_height_px * scale))
