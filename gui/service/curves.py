"""What the plots draw, from the points of the last minutes; pure functions."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from gui.service.figures import Point
from gui.service.state import SPAN_S

MIN_MINUTES = -SPAN_S / 60
# Room for the word below the right end.
MAX_MINUTES = 0.7
_MIN_TOP = 1.0
# A line near the upper edge would touch it.
_HEADROOM = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line: its name, and which figure of a point it draws."""

    label: str
    get: Callable[[Point], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotContent:
    """A plot: its title and its lines; ``top`` is where the axis ends, None: above the values."""

    title: str
    curves: tuple[Curve, ...]
    top: float | None = None


PLOTS = (
    PlotContent(
        title="Requests a second",
        curves=(Curve(label="answered", get=lambda point: point.requests_per_s),),
    ),
    PlotContent(
        title="Milliseconds to the answer",
        curves=(
            Curve(label="half", get=lambda point: point.half_ms),
            Curve(label="19 of 20", get=lambda point: point.most_ms),
        ),
    ),
    PlotContent(
        title="Replicas, and photos that wait",
        curves=(
            Curve(label="replicas", get=lambda point: point.gauges.replicas),
            Curve(label="waiting", get=lambda point: point.gauges.waiting),
        ),
    ),
    PlotContent(
        title="Processor and memory, %",
        top=100.0,
        curves=(
            Curve(label="processor", get=lambda point: point.gauges.cpu_percent),
            Curve(label="memory", get=lambda point: point.gauges.memory_percent),
        ),
    ),
)


def to_line(points: tuple[Point, ...], curve: Curve) -> tuple[list[float], list[float]]:
    """Return the minutes before the newest point, negative, and the values; NaN breaks the line."""
    if not points:
        return [], []
    now_s = points[-1].time_s
    minutes = [(point.time_s - now_s) / 60 for point in points]
    values = [curve.get(point) for point in points]
    return minutes, [math.nan if value is None else value for value in values]


def find_top(values: list[float]) -> float:
    """Return where the axis ends: 1, 2 or 5 times a power of ten, above all values."""
    highest = max((value for value in values if not math.isnan(value)), default=0.0) * _HEADROOM
    if highest <= _MIN_TOP:
        return _MIN_TOP
    step = 10.0 ** math.floor(math.log10(highest))
    return next(top for top in (step, 2 * step, 5 * step, 10 * step) if top >= highest)


def list_minute_ticks() -> tuple[tuple[str, float], ...]:
    """Return the marks of the time axis; none at its left end, where it would be cut."""
    return (("8 min ago", -8.0), ("4 min ago", -4.0), ("now", 0.0))
