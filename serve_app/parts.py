"""Loading what the predict application needs, from an artifact and a key file.

What is not handed in is made for a service without Ray.
"""

from datetime import UTC, datetime
from pathlib import Path

from models.predictor import Predictor
from serve_app.access_log import AccessLog
from serve_app.api import ApiParts
from serve_app.health import HealthProbe
from serve_app.heatmap import HeatmapPainter
from serve_app.inference import InferenceEngine, InferenceLimits
from serve_app.key_watch import KeyWatch
from serve_app.limits import BodyLimits
from serve_app.local_meter import LocalMeter
from serve_app.metrics import Meter, ServiceMetrics
from serve_app.rate_limiter import RateLimiter


def load_parts(
    artifact_dir: Path,
    api_keys_path: Path,
    *,
    inference_limits: InferenceLimits | None = None,
    body_limits: BodyLimits | None = None,
    meter: Meter | None = None,
    access_log: AccessLog | None = None,
    limiter: RateLimiter | None = None,
    cors_origins: tuple[str, ...] = (),
) -> ApiParts:
    """Load the model and the keys.

    Raises:
        models.artifact.ArtifactError: the artifact must not be served.
        cluster.errors.KeyFileError: the key file is missing or damaged.
    """
    key_watch = KeyWatch(api_keys_path)
    predictor = Predictor.load(artifact_dir, intra_op_threads=1)
    limits = inference_limits or InferenceLimits()
    return ApiParts(
        predictor=predictor,
        engine=InferenceEngine(
            predictor,
            HeatmapPainter(artifact_dir, predictor.card.class_names),
            limits,
        ),
        probe=HealthProbe(predictor),
        key_watch=key_watch,
        since=datetime.now(UTC),
        body_limits=body_limits or BodyLimits(),
        metrics=ServiceMetrics(
            meter or LocalMeter(),
            num_threads=limits.num_threads,
            get_model_version=lambda: predictor.model_version,
        ),
        access_log=access_log or AccessLog(),
        limiter=limiter,
        cors_origins=cors_origins,
    )
