"""One loaded model and everything that answers with it; loading proves that it can."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.predictor import Predictor
from serve_app.inference.engine import InferenceEngine, InferenceLimits
from serve_app.inference.health import HealthProbe
from serve_app.inference.heatmap import HeatmapPainter

# The first inference allocates the network's buffers and takes four times as long as the third
# (221, 94, 49 ms on a busy machine): no caller should pay for that.
_NUM_WARM_UPS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ServedModel:
    """A predictor with its threads and its health; two of them are never equal."""

    artifact_dir: Path
    predictor: Predictor
    engine: InferenceEngine
    probe: HealthProbe
    since: datetime

    @property
    def model_version(self) -> str:
        """The version that every answer of this model names."""
        return self.predictor.model_version

    def close(self) -> None:
        """Take no more work; what has begun is finished."""
        self.engine.close()
        self.probe.close()


def load_model(artifact_dir: Path, limits: InferenceLimits) -> ServedModel:
    """Verify an artifact, load it, and let it answer a few times.

    Raises:
        models.artifact.ArtifactError: the artifact must not be served.
        RuntimeError: the model answers with what are no probabilities.
    """
    predictor = Predictor.load(artifact_dir, intra_op_threads=1)
    painter = HeatmapPainter(artifact_dir, predictor.card.class_names)
    probe = HealthProbe(predictor)
    for _ in range(_NUM_WARM_UPS):
        probe.infer()
    return ServedModel(
        artifact_dir=artifact_dir,
        predictor=predictor,
        engine=InferenceEngine(predictor, painter, limits),
        probe=probe,
        since=datetime.now(UTC),
    )
