"""The predict application on Ray Serve: ingress and model in one replica.

One process receives, decodes and infers: a second deployment for the model would cost a hop and a
copy of each image.
"""

import math
from functools import partial
from pathlib import Path
from typing import Any, cast

import ray
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from ray import serve

from serve_app.api import create_api
from serve_app.inference.engine import InferenceLimits
from serve_app.inference.model_roll import ModelRoller
from serve_app.inference.served_model import load_model
from serve_app.meters.ray_meter import RayMeter
from serve_app.parts import load_parts
from serve_app.ray_replica import create_access_log, create_limiter
from serve_app.recent_photos import RecentPhotos
from serve_app.schemas import ModelResponse, ReplicaReport

_LEDGER_START_TIMEOUT_S = 10.0


class PredictAppArgs(BaseModel):
    """Arguments of the application, as written in the Serve configuration.

    A change of one of them replaces the replicas. The model is none of them but an order
    (`serve_app.inference.model_roll.ModelOrder`), which a running replica takes.
    ``num_threads`` of 0 means one for each core that Ray lent to the replica, and
    ``requests_per_minute`` of 0 that keys are not limited.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_keys_path: Path
    num_threads: int = Field(default=0, ge=0, le=256)
    max_waiting: int = Field(default=32, ge=0, le=4096)
    max_wait_s: float = Field(default=10.0, gt=0, le=600)
    requests_per_minute: int = Field(default=60_000, ge=0, le=10_000_000)
    cors_origins: tuple[str, ...] = ()
    recent_photos_dir: Path | None = None
    max_recent_photos: int = Field(default=0, ge=0, le=100_000)


@serve.deployment(
    name="PredictService",
    # Our own record of a request says more than Serve's: one line a request is enough.
    logging_config={"encoding": "JSON", "enable_access_log": False},
)
@serve.ingress()
class PredictService:
    """One replica: the FastAPI application around the models that it is ordered to serve."""

    def __init__(self, args: PredictAppArgs) -> None:
        limits = InferenceLimits(
            num_threads=args.num_threads or _count_lent_cores(),
            max_waiting=args.max_waiting,
            max_wait_s=args.max_wait_s,
        )
        # The ledger's actor starts while the model is loaded.
        limiter, ledger = create_limiter(args.requests_per_minute)
        self._parts = load_parts(
            None,
            args.api_keys_path,
            inference_limits=limits,
            meter=RayMeter(),
            access_log=create_access_log(),
            limiter=limiter,
            cors_origins=args.cors_origins,
            get_replica=self._report,
            recent_photos=_create_recent_photos(args),
        )
        self._roller = ModelRoller(self._parts.models, partial(load_model, limits=limits))
        if ledger is not None:
            ledger.wait_until_ready(_LEDGER_START_TIMEOUT_S)

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Build the application inside the replica: nothing of it has to be pickled."""
        # Serve appends X-Request-ID to every answer: ours beside it would be a second one.
        return create_api(self._parts, echoes_request_id=False)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Serve another model; Serve calls this at the start and for each new ``user_config``.

        Raises:
            Exception: at the start alone, where the first model cannot be loaded.
        """
        await self._roller.apply(user_config)

    async def describe_model(self) -> ModelResponse:
        """Tell of the models here, for the application that answers ``/v1/model``.

        Raises:
            serve_app.errors.NotReadyError: no model was loaded yet.
        """
        return self._parts.describe_model()

    async def check_model(self) -> str:
        """Return the version of the model, which just answered.

        Raises:
            serve_app.errors.NotReadyError: it did not.
        """
        return await self._parts.models.check()

    async def check_health(self) -> None:
        """Let Serve replace a replica whose model does not answer.

        Raises:
            serve_app.errors.NotReadyError: a real inference failed or took too long.
        """
        await self._parts.models.check()

    def _report(self) -> ReplicaReport:
        roll = self._roller.report
        return ReplicaReport(
            replica_id=serve.get_replica_context().replica_id.unique_id,
            order_id=roll.order_id,
            roll_state=roll.state,
            roll_reason=roll.reason,
        )


def build_app(args: PredictAppArgs) -> serve.Application:
    """Return the application; the Serve configuration names this function."""
    # The decorator turns the class into a Deployment, which its annotations do not say.
    deployment = cast("serve.Deployment", PredictService)
    return deployment.bind(args)


def _create_recent_photos(args: PredictAppArgs) -> RecentPhotos | None:
    if args.recent_photos_dir is None or not args.max_recent_photos:
        return None
    return RecentPhotos(args.recent_photos_dir, max_photos=args.max_recent_photos)


def _count_lent_cores() -> int:
    lent: dict[str, float] = ray.get_runtime_context().get_assigned_resources()  # type: ignore[no-untyped-call]
    return max(1, math.ceil(lent.get("CPU", 1.0)))
