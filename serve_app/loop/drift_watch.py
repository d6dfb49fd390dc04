"""Watches how far the diagnoses of all replicas are from those that the model was judged on."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.artifact import ArtifactError
from models.drift import Counts, Drift, load_reference, measure_drift
from serve_app.errors import ServiceError
from serve_app.loop.drift_gauges import DriftGauges
from serve_app.meters.drift_tally import DriftTally
from serve_app.meters.metrics import GAUGE_PERIOD_S
from serve_app.schemas import ModelResponse

_logger = logging.getLogger(__name__)


class DriftWatch:
    """Counts diagnoses since the present model was first seen here."""

    def __init__(
        self,
        get_model: Callable[[], Awaitable[ModelResponse]],
        read_page: Callable[[], Awaitable[bytes]],
        find_artifact_dir: Callable[[str], Path | None],
    ) -> None:
        """Keep whom to ask; ``find_artifact_dir`` returns a version's artifact, if it lies here."""
        self._get_model = get_model
        self._read_page = read_page
        self._find_artifact_dir = find_artifact_dir
        self._model_version = "none"
        self._class_names: tuple[str, ...] = ()
        self._reference: Counts | None = None
        self._tally = DriftTally()

    @property
    def model_version(self) -> str:
        """The champion at the last look; "none" before the first."""
        return self._model_version

    async def look(self) -> None:
        """Take in what was diagnosed since the last look.

        Raises:
            ServiceError: no model answers, or the metrics cannot be read.
        """
        model = await self._get_model()
        page = await self._read_page()
        if model.model_version != self._model_version:
            self._model_version = model.model_version
            self._class_names = tuple(model.card["class_names"])
            self._tally = DriftTally()
            self._reference = None
        if self._reference is None:
            self._reference = await asyncio.to_thread(self._load_reference)
        await asyncio.to_thread(self._tally.add, page)

    async def run(self, period_s: float, gauges: DriftGauges) -> None:
        """Look again and again; between two looks the gauges say what the last one found."""
        next_look_s = time.monotonic()
        while True:
            if time.monotonic() >= next_look_s:
                next_look_s = time.monotonic() + period_s
                try:
                    await self.look()
                except ServiceError as error:
                    _logger.info("drift is not measured now: %s", error)
            gauges.show(self.measure())
            await asyncio.sleep(GAUGE_PERIOD_S)

    def _load_reference(self) -> Counts | None:
        artifact_dir = self._find_artifact_dir(self._model_version)
        try:
            return None if artifact_dir is None else load_reference(artifact_dir)
        except ArtifactError as error:
            _logger.warning("drift of %s is not measured: %s", self._model_version, error)
            return None

    def describe(self, model_version: str) -> dict[str, Any] | None:
        """Return the drift for ``GET /v1/model``; None where there is nothing to compare."""
        drift = self.measure() if model_version == self._model_version else None
        return None if drift is None else asdict(drift)

    def measure(self) -> Drift | None:
        """Return the drift since the present model was first seen here."""
        if self._reference is None:
            return None
        return measure_drift(self._reference, self._tally.to_counts(self._class_names))
