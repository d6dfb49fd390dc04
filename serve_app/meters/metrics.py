"""What the service counts, in the words of Prometheus; where it is kept is the meter's affair."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from models.drift import CONFIDENCE_BOUNDARIES
from serve_app.inference.micro_batch import TimedPrediction

PAGE_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Ray drops a gauge that was not set since its last export, 10 s earlier by default.
GAUGE_PERIOD_S = 4.0

PREDICTIONS = "leafray_predictions"
CONFIDENCE = "leafray_confidence"
KNOWN = "known"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counter(Protocol):
    """A number that grows."""

    def inc(self, value: float, tags: dict[str, str]) -> None:
        """Add to it."""


class Histogram(Protocol):
    """How often values lay between boundaries."""

    def observe(self, value: float, tags: dict[str, str]) -> None:
        """Take a value in."""


class Gauge(Protocol):
    """A number of this moment."""

    def set(self, value: float, tags: dict[str, str]) -> None:
        """Replace it."""


class Meter(Protocol):
    """Makes the metrics of this process, and knows the page on which all of them stand."""

    def create_counter(self, name: str, description: str, tag_keys: tuple[str, ...]) -> Counter:
        """Return a counter of this name; its page says ``NAME_total``."""

    def create_histogram(
        self, name: str, description: str, tag_keys: tuple[str, ...], boundaries: tuple[float, ...]
    ) -> Histogram:
        """Return a histogram of this name."""

    def create_gauge(self, name: str, description: str, tag_keys: tuple[str, ...]) -> Gauge:
        """Return a gauge of this name."""

    async def read_page(self) -> bytes:
        """Return all metrics in Prometheus' text format.

        Raises:
            serve_app.errors.MetricsError: the page cannot be read now.
        """


class ServiceMetrics:
    """The metrics of one replica."""

    def __init__(
        self, meter: Meter, *, num_threads: int, get_model_version: Callable[[], str]
    ) -> None:
        self._meter = meter
        self._num_threads = num_threads
        self._get_model_version = get_model_version
        self._num_predicting = 0
        self._requests = meter.create_counter(
            "leafray_requests", "Requests answered.", ("route", "method", "status")
        )
        self._request_seconds = meter.create_histogram(
            "leafray_request_seconds",
            "From the request's headers to the end of its answer.",
            ("route",),
            _SECONDS,
        )
        self._stage_seconds = meter.create_histogram(
            "leafray_stage_seconds",
            "Stages of a prediction: waiting for a thread, decoding, inference.",
            ("stage",),
            _SECONDS,
        )
        self._predictions = meter.create_counter(
            PREDICTIONS,
            "Diagnoses by most probable class; outcome: known, or why it was refused.",
            ("class_name", "outcome"),
        )
        self._confidence = meter.create_histogram(
            "leafray_confidence",
            "Probability of the most probable class.",
            (),
            CONFIDENCE_BOUNDARIES,
        )
        self._waiting = meter.create_gauge(
            "leafray_requests_waiting", "Predictions that wait for a thread.", ()
        )
        self._model_info = meter.create_gauge(
            "leafray_model_info", "1 for the model that answers.", ("model_version",)
        )

    def record_request(self, *, route: str, method: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        known_method = method if method in _METHODS else "other"
        tags = {"route": route, "method": known_method, "status": str(status)}
        self._requests.inc(1, tags)
        self._request_seconds.observe(duration_s, {"route": route})

    def record_prediction(self, timed: TimedPrediction) -> None:
        """Count one diagnosis."""
        prediction = timed.prediction
        for stage, milliseconds in get_stages_ms(timed).items():
            self._stage_seconds.observe(milliseconds / 1000, {"stage": stage})
        outcome = prediction.refusal.code if prediction.refusal else KNOWN
        best = prediction.top[0]
        self._predictions.inc(1, {"class_name": best.class_name, "outcome": outcome})
        self._confidence.observe(best.probability, {})

    async def watch(self, work: Awaitable[TimedPrediction]) -> TimedPrediction:
        """Await a prediction and record it; while it runs it counts as waiting or computed."""
        self._num_predicting += 1
        try:
            timed = await work
        finally:
            self._num_predicting -= 1
        self.record_prediction(timed)
        return timed

    def refresh(self) -> None:
        """Set the gauges to what holds now."""
        self._waiting.set(max(0, self._num_predicting - self._num_threads), {})
        self._model_info.set(1, {"model_version": self._get_model_version()})

    async def run(self) -> None:
        """Set the gauges for ever."""
        while True:
            self.refresh()
            await asyncio.sleep(GAUGE_PERIOD_S)

    async def read_page(self) -> bytes:
        """Return the meter's page; raises as ``Meter.read_page`` does."""
        self.refresh()
        return await self._meter.read_page()


def get_stages_ms(timed: TimedPrediction) -> dict[str, float]:
    """Return where the time of a prediction went."""
    return {"decode": timed.decode_ms, "queue": timed.queue_ms, "infer": timed.infer_ms}
