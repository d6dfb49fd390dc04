"""The torch-free predictor: bytes of a photograph in, a diagnosis out (ONNX Runtime on the CPU).

The same class answers in the server's replicas, on a laptop without a connection and in the
evaluation, so that one artifact gives one answer everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.artifact import ONNX_FILE, ArtifactError, Card, verify_artifact
from models.calibration import ood_scores, softmax
from models.images import decode_image
from models.labels import Label, UnknownLabelError, get_label
from models.preprocess import Preprocessing, preprocess_images

_IMAGE_INPUT = "images"
_OUTPUTS = ["logits", "feature_map"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassProbability:
    """One class with its calibrated probability."""

    class_name: str
    dataset_label: str
    display_name: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the photograph is not diagnosed, and the threshold that decided."""

    code: str
    reason: str
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A diagnosis. `plausible` is the smallest set that holds the truth 95 times in 100."""

    top: tuple[ClassProbability, ...]
    plausible: tuple[str, ...]
    is_known: bool
    ood_score: float
    refusal: Refusal | None
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What the network returns: logits (batch, classes), feature maps (batch, channels, h, w)."""

    logits_bc: NDArray[np.float32]
    feature_maps_bchw: NDArray[np.float32]


class Predictor:
    """One loaded artifact; safe to call from several threads at once."""

    def __init__(self, card: Card, session: ort.InferenceSession) -> None:
        """Take a checked card and its session; use `Predictor.load` to get both."""
        self.card = card
        self._session = session
        self._preprocessing: Preprocessing = card.preprocessing.to_preprocessing()
        self._labels: tuple[Label, ...] = tuple(get_label(name) for name in card.class_names)

    @classmethod
    def load(cls, artifact_dir: Path, *, intra_op_threads: int = 1) -> "Predictor":
        """Verify the artifact's hashes and load its ONNX graph.

        Raises:
            ArtifactError: a file is missing or changed, or the graph does not fit the card.
        """
        card = verify_artifact(artifact_dir)
        options = ort.SessionOptions()
        options.intra_op_num_threads = intra_op_threads
        options.inter_op_num_threads = 1
        # Spinning threads take the cores from the other requests of a replica.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = ort.InferenceSession(
                (artifact_dir / ONNX_FILE).read_bytes(), options, providers=["CPUExecutionProvider"]
            )
            names = [output.name for output in session.get_outputs()]
            num_outputs = session.get_outputs()[0].shape[-1]
            if names != _OUTPUTS or num_outputs != len(card.class_names):
                raise ArtifactError(
                    f"{artifact_dir / ONNX_FILE} returns {names} for {num_outputs} classes, its "
                    f"card promises {_OUTPUTS} for {len(card.class_names)}; export it again"
                )
            return cls(card, session)
        except UnknownLabelError as error:
            raise ArtifactError(f"the card of {artifact_dir} names an {error}") from None
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(
                f"{artifact_dir / ONNX_FILE} cannot be loaded: {str(error)[:200]}; export it again"
            ) from None

    def with_card(self, card: Card) -> "Predictor":
        """Return the same network read with another card (calibration, before it is written)."""
        return Predictor(card, self._session)

    @property
    def model_version(self) -> str:
        """The version that every answer names."""
        return self.card.model_version

    def predict_bytes(self, image_bytes: bytes, *, top_k: int = 5) -> Prediction:
        """Diagnose one encoded photograph.

        Raises:
            models.images.ImageError: the bytes are refused.
        """
        return self.predict_image(decode_image(image_bytes), top_k=top_k)

    def predict_image(self, image: NDArray[np.uint8], *, top_k: int = 5) -> Prediction:
        """Diagnose one RGB array (height, width, 3)."""
        outputs = self.infer(self.preprocess([image]))
        return self.to_predictions(outputs.logits_bc, top_k=top_k)[0]

    def preprocess(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turn RGB arrays of any size into the network's batch (batch, 3, size, size)."""
        return preprocess_images(images, self._preprocessing)

    def infer(self, images_bchw: NDArray[np.float32]) -> Outputs:
        """Run the network on a preprocessed batch."""
        logits_bc, feature_maps_bchw = self._session.run(_OUTPUTS, {_IMAGE_INPUT: images_bchw})
        return Outputs(logits_bc=logits_bc, feature_maps_bchw=feature_maps_bchw)

    def to_predictions(
        self, logits_bc: NDArray[np.floating], *, top_k: int = 5
    ) -> list[Prediction]:
        """Turn logits (batch, classes) into diagnoses with calibrated probabilities."""
        probs_bc = softmax(logits_bc, self.card.temperature)
        scores_b = ood_scores(logits_bc, self.card.temperature, self.card.ood.method)
        return [
            self._to_prediction(probs_c, float(score), top_k)
            for probs_c, score in zip(probs_bc, scores_b, strict=True)
        ]

    def _to_prediction(
        self, probs_c: NDArray[np.float64], ood_score: float, top_k: int
    ) -> Prediction:
        order = np.argsort(-probs_c, kind="stable")
        threshold = self.card.ood.threshold
        is_known = ood_score <= threshold
        plausible = [i for i in order if probs_c[i] >= self.card.conformal_min_probability]
        return Prediction(
            top=tuple(self._class_probability(i, probs_c[i]) for i in order[:top_k]),
            plausible=tuple(self._labels[i].class_name for i in plausible or order[:1]),
            is_known=is_known,
            ood_score=ood_score,
            refusal=None if is_known else _unknown_leaf(threshold),
            model_version=self.model_version,
        )

    def _class_probability(self, class_idx: int, probability: float) -> ClassProbability:
        label = self._labels[class_idx]
        return ClassProbability(
            class_name=label.class_name,
            dataset_label=label.dataset_label,
            display_name=label.display_name,
            probability=float(probability),
        )


def _unknown_leaf(threshold: float) -> Refusal:
    return Refusal(
        code="unknown_leaf",
        reason=(
            "This does not look like a leaf that the model knows. Photograph one leaf from close "
            "by, sharp and in daylight; if it is one, ask a specialist."
        ),
        threshold=threshold,
    )
