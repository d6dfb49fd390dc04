"""A figure of a measurement, and the promise that it is held against. Pure.

A machine shared with others drifts, so a figure is the median over rounds: one disturbed round
decides nothing, and the lowest and the highest stand beside it.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_BUSY_CORES = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The median over rounds, its lowest and highest round, and the limit (None: no promise)."""

    name: str
    value: float
    lowest: float
    highest: float
    limit: float | None
    is_lower_better: bool
    unit: str

    @property
    def is_met(self) -> bool | None:
        """Whether the promise holds (None: none was made); a figure without a number does not."""
        if self.limit is None:
            return None
        if math.isnan(self.value):
            return False
        return self.value <= self.limit if self.is_lower_better else self.value >= self.limit


def to_figure(
    name: str,
    values: Sequence[float],
    *,
    limit: float | None = None,
    is_lower_better: bool = False,
    unit: str = "",
) -> Figure:
    """Return the figure of these rounds; one round without a number leaves it without one."""
    is_known = bool(values) and not any(math.isnan(value) for value in values)
    return Figure(
        name=name,
        value=statistics.median(values) if is_known else math.nan,
        lowest=min(values) if is_known else math.nan,
        highest=max(values) if is_known else math.nan,
        limit=limit,
        is_lower_better=is_lower_better,
        unit=unit,
    )


def at_most(name: str, value: float, *, limit: float, unit: str = "") -> Figure:
    """Return a figure that was measured once and should not be larger."""
    return to_figure(name, [value], limit=limit, is_lower_better=True, unit=unit)


def at_least(name: str, value: float, *, limit: float, unit: str = "") -> Figure:
    """Return a figure that was measured once and should not be smaller."""
    return to_figure(name, [value], limit=limit, unit=unit)


def find_doubts(*, busy_cores_before: float, is_quick: bool = False) -> list[str]:
    """Tell why figures are no claim, whatever was measured."""
    doubts = []
    if is_quick:
        doubts.append("a quick run shows that the benchmark works; it measures nothing")
    if busy_cores_before > MAX_BUSY_CORES:
        doubts.append(
            f"{busy_cores_before:.1f} cores were busy with other things before the measurement: "
            "end them and measure again"
        )
    return doubts


def to_document(figure: Figure) -> dict[str, Any]:
    """Return a figure as JSON values; null stands for no number."""
    return {
        "name": figure.name,
        "value": to_number(figure.value),
        "lowest": to_number(figure.lowest),
        "highest": to_number(figure.highest),
        "limit": figure.limit,
        "is_lower_better": figure.is_lower_better,
        "unit": figure.unit,
        "is_met": figure.is_met,
    }


def to_cells(figure: Figure, *, is_claim: bool) -> list[str]:
    """Return name, what was measured, the limit, and whether it is met; with doubts, no claim."""
    unit = f" {figure.unit}" if figure.unit else ""
    spread = f"({figure.lowest:.4g} to {figure.highest:.4g})"
    outcome = {None: "", True: "met", False: "NOT met"}[figure.is_met]
    return [
        figure.name,
        f"{figure.value:.4g}{unit} {spread}",
        _say_limit(figure),
        outcome if is_claim or not outcome else "no claim",
    ]


def to_line(figure: Figure) -> str:
    """Return whether it is met, its name, what was measured, and the limit."""
    outcome = {None: "measured", True: "met", False: "NOT met"}[figure.is_met]
    unit = f" {figure.unit}" if figure.unit else ""
    limit = "" if figure.limit is None else f" ({_say_limit(figure)})"
    return f"{outcome:<8} {figure.name}: {figure.value:.4g}{unit}{limit}"


def to_number(value: float) -> float | None:
    """Return a number for JSON, which knows no NaN."""
    return None if math.isnan(value) else round(value, 4)


def _say_limit(figure: Figure) -> str:
    if figure.limit is None:
        return ""
    sign = "at most" if figure.is_lower_better else "at least"
    return f"{sign} {figure.limit:g}{f' {figure.unit}' if figure.unit else ''}"
