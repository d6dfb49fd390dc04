"""Size, brightness and colour of the photographs, class by class."""

import colorsys
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gui.dataset.figures import Span, SpanRow, Spans
from gui.dataset.views import Choice
from gui.dataset.words import name_class, name_condition, say_photos, say_share, to_crop

if TYPE_CHECKING:
    from serve_app.loop_schemas import DrawnImages

_LOW, _HIGH = 0.1, 0.9
_FULL_TURN = 360.0
# Two classes whose middles lie further apart than this can be told by their light alone.
_STRIKING_DIFFERENCE = 0.15
_PAINT_STEP_DEG = 15
_HUES = (
    (20, "red"),
    (45, "orange"),
    (70, "yellow"),
    (165, "green"),
    (200, "turquoise"),
    (260, "blue"),
    (320, "purple"),
    (360, "red"),
)
_AXES = {
    Choice.SIZE: "longer side in pixels",
    Choice.BRIGHTNESS: "brightness, percent of white",
    Choice.COLOUR: "hue in degrees: 0 red, 60 yellow, 120 green, 240 blue",
    Choice.COLOURFULNESS: "colourfulness, percent",
}


def draw_looks(images: "DrawnImages", choice: Choice, crop: str | None) -> Spans:
    """Draw for each class where 8 of 10 photographs lie, and the middle one."""
    name = name_condition if crop else name_class
    measure = measure_hues if choice is Choice.COLOUR else measure_span
    rows = []
    for class_name, values in collect(images, choice, crop).items():
        span = measure(values)
        told = f"{name_class(class_name)}\n{_say_span(span, choice)}\n{say_photos(len(values))}"
        rows.append((span.middle, SpanRow(label=name(class_name), spans=(span,), told=told)))
    rows.sort(key=lambda row: (-row[0], row[1].label))
    return Spans(series=("",), rows=tuple(row for _, row in rows), axis=_AXES[choice])


def say_looks(images: "DrawnImages", choice: Choice, crop: str | None) -> str:
    """Say which classes stand out."""
    by_class = collect(images, choice, crop)
    if not by_class:
        return "No photograph was measured."
    if choice is Choice.SIZE:
        return _say_sizes(images, crop)
    if choice is Choice.COLOUR:
        return _say_colours({name: measure_hues(hues) for name, hues in by_class.items()})
    middles = {name: measure_span(values).middle for name, values in by_class.items()}
    lowest, highest = min(middles, key=lambda n: middles[n]), max(middles, key=lambda n: middles[n])
    less, more = (
        ("darkest", "brightest")
        if choice is Choice.BRIGHTNESS
        else ("the palest", "the most colourful")
    )
    if lowest == highest:
        return f"{name_class(lowest)}: half of the photographs lie above {middles[lowest]:.0f} %."
    difference = (middles[highest] - middles[lowest]) / 100
    verdict = (
        "A model may learn such a difference instead of the disease."
        if difference > _STRIKING_DIFFERENCE
        else "They differ little, so the light gives no class away."
        if choice is Choice.BRIGHTNESS
        else "They differ little, so it gives no class away."
    )
    return (
        f"{name_class(highest)} is {more} ({middles[highest]:.0f} %), {name_class(lowest)} {less} "
        f"({middles[lowest]:.0f} %). {verdict}"
    )


def collect(
    images: "DrawnImages", choice: Choice, crop: str | None
) -> Mapping[str, Sequence[float]]:
    """Return what is drawn, by class."""
    values: Sequence[float]
    match choice:
        case Choice.SIZE:
            values = [max(size) for size in zip(images.width_px, images.height_px, strict=True)]
        case Choice.BRIGHTNESS:
            values = [100 * value for value in images.brightness]
        case Choice.COLOUR:
            values = images.hue_deg
        case _:
            values = [100 * value for value in images.saturation]
    by_class: defaultdict[str, list[float]] = defaultdict(list)
    for class_name, value in zip(images.class_name, values, strict=True):
        if crop is None or to_crop(class_name) == crop:
            by_class[class_name].append(value)
    return by_class


def measure_span(values: Sequence[float]) -> Span:
    """Return where the middle 8 of 10 values lie; ``values`` holds one at least."""
    ordered = sorted(values)

    def at(share: float) -> float:
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    return Span(low=at(_LOW), middle=at(0.5), high=at(_HIGH))


def measure_hues(hues_deg: Sequence[float]) -> Span:
    """Return the same on the colour circle, where 350 and 10 degrees are neighbours.

    ``middle`` lies within 0 and 360, ``low`` and ``high`` up to half a turn beside it.
    """
    x = sum(math.cos(math.radians(hue)) for hue in hues_deg)
    y = sum(math.sin(math.radians(hue)) for hue in hues_deg)
    centre = math.degrees(math.atan2(y, x))
    half = _FULL_TURN / 2
    turned = measure_span([(hue - centre + half) % _FULL_TURN - half for hue in hues_deg])
    middle = (centre + turned.middle) % _FULL_TURN
    return Span(
        low=middle + (turned.low - turned.middle),
        middle=middle,
        high=middle + (turned.high - turned.middle),
        paint=to_paint(middle),
    )


def to_paint(hue_deg: float) -> tuple[int, int, int]:
    """Return a colour to paint a hue with, one of 24."""
    step = round(hue_deg / _PAINT_STEP_DEG) * _PAINT_STEP_DEG % _FULL_TURN
    red, green, blue = colorsys.hsv_to_rgb(step / _FULL_TURN, 0.65, 0.78)
    return round(255 * red), round(255 * green), round(255 * blue)


def name_hue(hue_deg: float) -> str:
    """Return a hue's name."""
    return next((name for end, name in _HUES if hue_deg % _FULL_TURN < end), "red")


def _say_sizes(images: "DrawnImages", crop: str | None) -> str:
    sizes = [
        (width, height)
        for width, height, class_name in zip(
            images.width_px, images.height_px, images.class_name, strict=True
        )
        if crop is None or to_crop(class_name) == crop
    ]
    (commonest, number), *_ = Counter(sizes).most_common(1)
    width, height = commonest
    if number == len(sizes):
        return f"All {say_photos(number)} measure {width} x {height} pixels."
    longer = [max(size) for size in sizes]
    return (
        f"{say_share(number / len(sizes))} of the photographs measure {width} x {height} pixels; "
        f"of all, the longer side has {min(longer):,} to {max(longer):,}."
    )


def _say_colours(spans: Mapping[str, Span]) -> str:
    names = Counter(name_hue(span.middle) for span in spans.values())
    (commonest, number), *_ = names.most_common(1)
    odd = [name for name, span in spans.items() if name_hue(span.middle) != commonest]
    if not odd:
        return f"The middle photograph of every class is more {commonest} than anything else."
    centre = measure_hues([span.middle for span in spans.values()]).middle
    half = _FULL_TURN / 2
    furthest = max(odd, key=lambda n: abs((spans[n].middle - centre + half) % _FULL_TURN - half))
    return (
        f"{number} of {len(spans)} classes are {commonest} on average. {name_class(furthest)} "
        f"differs most ({name_hue(spans[furthest].middle)}): that is often the background, not the "
        "leaf."
    )


def _say_span(span: Span, choice: Choice) -> str:
    unit = {Choice.SIZE: " px", Choice.COLOUR: "°"}.get(choice, " %")
    extra = f" ({name_hue(span.middle)})" if choice is Choice.COLOUR else ""
    low, middle, high = (f"{value:.0f}" for value in (span.low, span.middle, span.high))
    return f"mostly {low} to {high}{unit}, the middle one {middle}{unit}{extra}"
