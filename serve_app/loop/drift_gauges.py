"""Drift as gauges, beside the counters from which it is measured."""

from models.drift import Drift
from serve_app.meters.metrics import Meter

_PSI = (
    "Population stability index of {} against the model's validation: below 0.1 no change, above "
    "0.25 a strong one."
)


class DriftGauges:
    """What `GET /v1/model` tells of drift, for Prometheus."""

    def __init__(self, meter: Meter) -> None:
        self._class_psi = meter.create_gauge(
            "leafray_drift_class_psi", _PSI.format("the diagnosed classes"), ()
        )
        self._confidence_psi = meter.create_gauge(
            "leafray_drift_confidence_psi", _PSI.format("the confidence"), ()
        )
        self._unknown_share = meter.create_gauge(
            "leafray_drift_unknown_share", "Share of diagnoses that were refused as unknown.", ()
        )

    def show(self, drift: Drift | None) -> None:
        """Set the gauges; what was not measured is left out, and Ray drops it from the page."""
        if drift is None:
            return
        for gauge, value in (
            (self._class_psi, drift.class_psi),
            (self._confidence_psi, drift.confidence_psi),
            (self._unknown_share, drift.unknown_share),
        ):
            if value is not None:
                gauge.set(value, {})
