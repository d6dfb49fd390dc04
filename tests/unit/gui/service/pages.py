"""Readings of servers that never were."""

from gui.service.reading import Gauges, Reading, Series


def create_reading(
    time_s: float, counts: dict[Series, float], *, gauges: Gauges | None = None
) -> Reading:
    return Reading(time_s=time_s, counts=counts, gauges=gauges or Gauges())


def count_answers(*, ok: float = 0, busy: float = 0, broken: float = 0) -> dict[Series, float]:
    return {
        ("ray_leafray_requests_total", (("route", "/v1/predictions"), ("status", status))): number
        for status, number in (("200", ok), ("429", busy), ("503", broken))
    }
