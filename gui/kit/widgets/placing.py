"""Measuring and placing text: Dear PyGui aligns left only."""

import dearpygui.dearpygui as dpg

from gui.kit.theme import Item

_ELLIPSIS = "..."


def measure_text(text: str, font: Item, *, wrap_px: float = -1.0) -> tuple[float, float]:
    """Return width and height in pixels; needs one frame rendered."""
    size = dpg.get_text_size(text, wrap_width=wrap_px, font=font)
    return (size[0], size[1]) if size else (0.0, 0.0)


def place_centred(
    item: Item, text: str, font: Item, width_px: int, y: int, *, wrap_px: float = -1.0
) -> None:
    """Put ``item`` in the middle of ``width_px``, at height ``y``."""
    text_width, _ = measure_text(text, font, wrap_px=wrap_px)
    dpg.set_item_pos(item, [max(0, round((width_px - text_width) / 2)), y])


def elide(text: str, width_px: float, font: Item) -> str:
    """Shorten ``text`` in its middle until it fits; both ends tell files apart."""
    if measure_text(text, font)[0] <= width_px:
        return text
    low, high = 0, len(text)
    while low < high:
        kept = (low + high + 1) // 2
        if measure_text(_cut(text, kept), font)[0] <= width_px:
            low = kept
        else:
            high = kept - 1
    return _cut(text, low)


def _cut(text: str, num_kept: int) -> str:
    head = (num_kept + 1) // 2
    tail = num_kept - head
    return text[:head] + _ELLIPSIS + (text[-tail:] if tail else "")
