"""Loading what the predict application needs, from an artifact and a key file."""

from datetime import UTC, datetime
from pathlib import Path

from models.predictor import Predictor
from serve_app.api import ApiParts
from serve_app.auth import load_key_ring
from serve_app.health import HealthProbe
from serve_app.heatmap import HeatmapPainter
from serve_app.inference import InferenceEngine, InferenceLimits
from serve_app.limits import BodyLimits


def load_parts(
    artifact_dir: Path,
    api_keys_path: Path,
    *,
    inference_limits: InferenceLimits | None = None,
    body_limits: BodyLimits | None = None,
) -> ApiParts:
    """Load the model and the keys.

    Raises:
        models.artifact.ArtifactError: the artifact must not be served.
        cluster.errors.KeyFileError: the key file is missing or damaged.
    """
    key_ring = load_key_ring(api_keys_path)
    predictor = Predictor.load(artifact_dir, intra_op_threads=1)
    return ApiParts(
        predictor=predictor,
        engine=InferenceEngine(
            predictor,
            HeatmapPainter(artifact_dir, predictor.card.class_names),
            inference_limits or InferenceLimits(),
        ),
        probe=HealthProbe(predictor),
        key_ring=key_ring,
        since=datetime.now(UTC),
        body_limits=body_limits or BodyLimits(),
    )
