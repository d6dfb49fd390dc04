"""The control application on Ray Serve: one light process beside the replicas that compute.

It answers for the whole service (model, readiness, metrics, documents) by asking them, and looks
after uploads, datasets, runs and models itself.
"""

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException

from cluster.bundle import load_bundle
from cluster.errors import BundleError, ClusterError
from cluster.serve_config import PREDICT, get_order
from cluster.settings import Settings
from cluster.status import load_deployment
from cluster.storage import BUNDLED_CHAMPION_DIR
from serve_app.control_api import ControlParts, create_control_api
from serve_app.errors import NotReadyError
from serve_app.layers.key_watch import KeyWatch
from serve_app.loop.drift_gauges import DriftGauges
from serve_app.loop.drift_watch import DriftWatch
from serve_app.loop.feedback import FeedbackBox
from serve_app.loop.registered_models import RegisteredModels
from serve_app.loop.routes import LoopParts
from serve_app.loop.runs import RetrainingRuns
from serve_app.meters.metrics import ServiceMetrics
from serve_app.meters.ray_meter import RayMeter
from serve_app.ray_replica import create_access_log, create_limiter
from serve_app.recent_photos import RecentPhotos
from serve_app.routes.service_routes import ServiceParts
from serve_app.schemas import ModelResponse
from serve_app.uploads.parts import create_upload_parts

_logger = logging.getLogger("ray.serve")

_ASK_TIMEOUT_S = 10.0
_PERIOD_S = 30.0


class ControlAppArgs(BaseModel):
    """Arguments of the application, as written in the Serve configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: dict[str, Any]
    """Of the installation that this process belongs to (`cluster.settings.Settings`)."""
    api_keys_path: Path


@serve.deployment(
    name="ControlService",
    logging_config={"encoding": "JSON", "enable_access_log": False},
)
@serve.ingress()
class ControlService:
    """The one replica: the FastAPI application around the stores of the installation."""

    def __init__(self, args: ControlAppArgs) -> None:
        self._settings = settings = Settings(**args.settings)
        self._artifact_dir = BUNDLED_CHAMPION_DIR
        layout = settings.layout
        meter = RayMeter()
        limiter, _ = create_limiter(settings.requests_per_minute)
        uploads = create_upload_parts(layout, self._find_artifact_dir)
        recent = RecentPhotos(layout.recent_photos_dir, max_photos=settings.max_recent_photos)
        self._drift = DriftWatch(self._ask_model, meter.read_page, self._find_artifact_of)
        self._feedback = FeedbackBox(uploads.store, recent)
        self._runs = RetrainingRuns(settings, uploads.store)
        self._parts = ControlParts(
            uploads=uploads,
            loop=LoopParts(
                layout=layout,
                runs=self._runs,
                models=RegisteredModels(settings, report=_logger.info),
                feedback=self._feedback,
                get_model=self._ask_model,
            ),
            service=ServiceParts(
                get_model=self._describe_model, check=self._check, read_metrics=meter.read_page
            ),
            key_watch=KeyWatch(args.api_keys_path),
            metrics=ServiceMetrics(
                meter, num_threads=1, get_model_version=lambda: self._drift.model_version
            ),
            access_log=create_access_log(),
            get_model_version=lambda: self._drift.model_version,
            limiter=limiter,
            cors_origins=settings.cors_origins,
            works=(partial(self._drift.run, _PERIOD_S, DriftGauges(meter)), self._keep_house),
        )

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Build the application inside the replica: nothing of it has to be pickled."""
        # Serve appends X-Request-ID to every answer: ours beside it would be a second one.
        return create_control_api(self._parts, echoes_request_id=False)

    async def _keep_house(self) -> None:
        """Close what feedback gathered, and start the run that enough photographs trigger."""
        while True:
            await asyncio.sleep(_PERIOD_S)
            try:
                await asyncio.to_thread(self._feedback.close_quiet)
                await asyncio.to_thread(
                    self._runs.start_if_enough, min_images=self._settings.retrain_after_images
                )
            except (ClusterError, OSError) as error:
                _logger.warning("keeping house failed, it is tried again: %s", error)

    async def _describe_model(self) -> ModelResponse:
        model = await self._ask_model()
        return model.model_copy(update={"drift": self._drift.describe(model.model_version)})

    async def _ask_model(self) -> ModelResponse:
        model: ModelResponse = await self._ask("describe_model")
        return model

    async def _check(self) -> str:
        version: str = await self._ask("check_model")
        return version

    async def _ask(self, method: str) -> Any:
        """Ask one of the replicas that compute.

        Raises:
            NotReadyError: none answers.
        """
        try:
            handle = serve.get_app_handle(PREDICT)
            async with asyncio.timeout(_ASK_TIMEOUT_S):
                return await getattr(handle, method).remote()
        except (RayError, RayServeException, TimeoutError) as error:
            told = (str(error).strip().splitlines() or [type(error).__name__])[-1][:200]
            raise NotReadyError(f"No model answers ({told}); try again soon.") from None

    def _find_artifact_dir(self) -> Path:
        """Return the artifact that the service was last ordered to serve."""
        # The note of the order is away while another one is carried out.
        if deployed := load_deployment(self._settings.layout.deployment_path):
            self._artifact_dir = Path(get_order(deployed)["artifact_dir"])
        return self._artifact_dir

    def _find_artifact_of(self, model_version: str) -> Path | None:
        """Return the artifact of a version, if it is the one last ordered or a fetched one."""
        for folder in (
            self._find_artifact_dir(),
            self._settings.layout.model_dir(model_version),
            BUNDLED_CHAMPION_DIR,
        ):
            try:
                if load_bundle(folder).model_version == model_version:
                    return folder
            except BundleError:
                continue
        return None


def build_app(args: ControlAppArgs) -> serve.Application:
    """Return the application; the Serve configuration names this function."""
    # The decorator turns the class into a Deployment, which its annotations do not say.
    deployment = cast("serve.Deployment", ControlService)
    return deployment.bind(args)
