"""Metrics of this process alone, for a service without Ray."""

import prometheus_client
from prometheus_client import CollectorRegistry, generate_latest

from serve_app.meters.metrics import Counter, Gauge, Histogram

# Ray's exporter puts it before every name: a dashboard finds the same names on both pages.
_PREFIX = "ray"


class LocalMeter:
    """Keeps metrics in a registry of its own, so that two services in one process can coexist."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()

    def create_counter(self, name: str, description: str, tag_keys: tuple[str, ...]) -> Counter:
        """Return a counter of this name."""
        return _LocalCounter(
            prometheus_client.Counter(
                name, description, tag_keys, namespace=_PREFIX, registry=self._registry
            )
        )

    def create_histogram(
        self, name: str, description: str, tag_keys: tuple[str, ...], boundaries: tuple[float, ...]
    ) -> Histogram:
        """Return a histogram of this name."""
        return _LocalHistogram(
            prometheus_client.Histogram(
                name,
                description,
                tag_keys,
                namespace=_PREFIX,
                buckets=boundaries,
                registry=self._registry,
            )
        )

    def create_gauge(self, name: str, description: str, tag_keys: tuple[str, ...]) -> Gauge:
        """Return a gauge of this name."""
        return _LocalGauge(
            prometheus_client.Gauge(
                name, description, tag_keys, namespace=_PREFIX, registry=self._registry
            )
        )

    async def read_page(self) -> bytes:
        """Return the metrics of this process."""
        return generate_latest(self._registry)


class _LocalCounter:
    def __init__(self, counter: prometheus_client.Counter) -> None:
        self._counter = counter

    def inc(self, value: float, tags: dict[str, str]) -> None:
        (self._counter.labels(**tags) if tags else self._counter).inc(value)


class _LocalHistogram:
    def __init__(self, histogram: prometheus_client.Histogram) -> None:
        self._histogram = histogram

    def observe(self, value: float, tags: dict[str, str]) -> None:
        (self._histogram.labels(**tags) if tags else self._histogram).observe(value)


class _LocalGauge:
    def __init__(self, gauge: prometheus_client.Gauge) -> None:
        self._gauge = gauge

    def set(self, value: float, tags: dict[str, str]) -> None:
        # As Ray's exporter: only what was set last is told.
        if tags:
            self._gauge.clear()
        (self._gauge.labels(**tags) if tags else self._gauge).set(value)
