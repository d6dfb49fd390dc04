"""Diagnosing on this machine, with an artifact and ONNX Runtime.

Runs on workers; ONNX Runtime and Pillow are imported at first use.
"""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gui.diagnose.answers import Diagnosis, Origin, Score
from gui.diagnose.diagnosis import NUM_REFERENCES, TOP_K, DiagnosisError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gui.diagnose.explanation import Explanation
    from models.predictor import Prediction, Predictor


class LaptopDiagnoser:
    """Diagnoses with an artifact (None: the bundled champion), loaded at the first photo."""

    def __init__(self, artifact_dir: Path | None = None) -> None:
        """Take the artifact's directory; nothing is read yet."""
        self._artifact_dir = artifact_dir
        self._predictor: Predictor | None = None
        self._class_weights: NDArray[np.float32] | None = None
        self._lock = threading.Lock()

    def diagnose(self, image: "NDArray[np.uint8]") -> Diagnosis:
        """Diagnose on this machine.

        Raises:
            DiagnosisError: the artifact is missing or damaged, or the image is refused.
        """
        from models.images import ImageError

        predictor = self._load()
        started_s = time.perf_counter()
        try:
            prediction = predictor.predict_image(image, top_k=TOP_K)
        except ImageError as error:
            raise DiagnosisError(error.message) from error
        return _to_diagnosis(prediction, latency_ms=1000 * (time.perf_counter() - started_s))

    def diagnose_plant(self, images: "Sequence[NDArray[np.uint8]]") -> Diagnosis:
        """Diagnose one plant from several photos, by the service's rule; raises as ``diagnose``."""
        from models.fusion import fuse

        predictor = self._load()
        started_s = time.perf_counter()
        outputs = predictor.infer(predictor.preprocess(images))
        fused, fault = fuse(outputs, [predictor.find_fault(image) for image in images])
        (prediction,) = predictor.to_predictions(fused, [fault], top_k=TOP_K)
        return _to_diagnosis(prediction, latency_ms=1000 * (time.perf_counter() - started_s))

    def explain(self, image: "NDArray[np.uint8]", class_name: str) -> "Explanation":
        """Explain what speaks for a class, as this machine's model sees it.

        Raises:
            DiagnosisError: the artifact is missing or damaged, or does not know the class.
        """
        from gui.diagnose.explanation import Explanation, paint_heat, to_reference
        from gui.diagnose.previews import create_preview
        from models.explain import to_activation_map

        predictor = self._load()
        if class_name not in predictor.card.class_names:
            raise DiagnosisError(f"the model of this laptop has not learned {class_name}")
        weights_c = self._load_class_weights()[predictor.card.class_names.index(class_name)]
        outputs = predictor.infer(predictor.preprocess([image]))
        activation_hw = to_activation_map(outputs.feature_maps_bchw[0], weights_c)
        return Explanation(
            heat=paint_heat(create_preview(image).large, activation_hw),
            references=tuple(
                to_reference(near.class_name, near.similarity, near.sha256)
                for near in predictor.find_nearest(outputs, count=NUM_REFERENCES)
            ),
        )

    def _load(self) -> "Predictor":
        from models.artifact import CHAMPION_DIR, ArtifactError
        from models.predictor import Predictor

        with self._lock:
            if self._predictor is None:
                try:
                    self._predictor = Predictor.load(self._artifact_dir or CHAMPION_DIR)
                except ArtifactError as error:
                    raise DiagnosisError(str(error)) from error
            return self._predictor

    def _load_class_weights(self) -> "NDArray[np.float32]":
        from models.artifact import CHAMPION_DIR
        from models.explain import load_classifier_weights

        with self._lock:
            if self._class_weights is None:
                try:
                    weights = load_classifier_weights(self._artifact_dir or CHAMPION_DIR)
                except (OSError, KeyError, ValueError) as error:
                    raise DiagnosisError("the model has no weights to explain it by") from error
                # Copied, so that the file's other 13 MB are given back.
                self._class_weights = weights.copy()
            return self._class_weights


def _to_diagnosis(prediction: "Prediction", *, latency_ms: float) -> Diagnosis:
    refusal = prediction.refusal
    return Diagnosis(
        top=tuple(
            Score(
                class_name=item.class_name,
                display_name=item.display_name,
                probability=item.probability,
            )
            for item in prediction.top
        ),
        plausible=tuple(prediction.plausible),
        is_known=prediction.is_known,
        refusal_code=refusal.code if refusal else None,
        refusal_reason=refusal.reason if refusal else None,
        model_version=prediction.model_version,
        latency_ms=latency_ms,
        origin=Origin.LAPTOP,
    )
