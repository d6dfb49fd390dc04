"""Loading what the predict application needs, from an artifact and a key file.

What is not handed in is made for a service without Ray.
"""

import os
from collections.abc import Callable
from pathlib import Path

from serve_app.api import ApiParts
from serve_app.inference.engine import InferenceLimits
from serve_app.inference.model_slot import Line, ModelSlot
from serve_app.inference.served_model import load_model
from serve_app.layers.access_log import AccessLog
from serve_app.layers.key_watch import KeyWatch
from serve_app.layers.limits import BodyLimits
from serve_app.layers.rate_limiter import RateLimiter
from serve_app.meters.local_meter import LocalMeter
from serve_app.meters.metrics import Meter, ServiceMetrics
from serve_app.recent_photos import RecentPhotos
from serve_app.schemas import ReplicaReport


def load_parts(
    artifact_dir: Path | None,
    api_keys_path: Path,
    *,
    inference_limits: InferenceLimits | None = None,
    body_limits: BodyLimits | None = None,
    meter: Meter | None = None,
    access_log: AccessLog | None = None,
    limiter: RateLimiter | None = None,
    cors_origins: tuple[str, ...] = (),
    get_replica: Callable[[], ReplicaReport] | None = None,
    recent_photos: RecentPhotos | None = None,
) -> ApiParts:
    """Load the keys and a model; with no artifact the host sets one before it takes requests.

    Raises:
        models.artifact.ArtifactError: the artifact must not be served.
        cluster.errors.KeyFileError: the key file is missing or damaged.
    """
    key_watch = KeyWatch(api_keys_path)
    limits = inference_limits or InferenceLimits()
    models = ModelSlot()
    if artifact_dir is not None:
        models.set_line(Line(champion=load_model(artifact_dir, limits)))
    return ApiParts(
        models=models,
        key_watch=key_watch,
        body_limits=body_limits or BodyLimits(),
        metrics=ServiceMetrics(
            meter or LocalMeter(),
            num_threads=limits.num_threads,
            get_model_version=lambda: models.model_version,
        ),
        access_log=access_log or AccessLog(),
        limiter=limiter,
        cors_origins=cors_origins,
        get_replica=get_replica or _report_alone,
        recent_photos=recent_photos,
    )


def _report_alone() -> ReplicaReport:
    """Tell of a service that is one process and takes no orders."""
    return ReplicaReport(
        replica_id=f"pid-{os.getpid()}", order_id="", roll_state="serving", roll_reason=None
    )
