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

from models.artifact import ONNX_FILE, REPLAY_FILE, ArtifactError, Card, verify_artifact
from models.calibration import softmax
from models.feature_bank import FeatureBank, load_feature_bank
from models.images import decode_image
from models.labels import Label, UnknownLabelError, get_label
from models.ood import NEEDS_BANK, OodScorer
from models.photo_quality import measure_quality
from models.preprocess import Preprocessing, preprocess_images
from models.refusal import Refusal, find_fault, refuse_stranger

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
class NearPhotograph:
    """A training photograph that the network finds alike."""

    class_name: str
    similarity: float
    """Cosine of the two features; 1 for the same photograph."""
    sha256: str | None
    """Its name in the dataset store, where the artifact tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A diagnosis. `plausible` is the smallest set that holds the truth 95 times in 100."""

    top: tuple[ClassProbability, ...]
    plausible: tuple[str, ...]
    ood_score: float
    refusal: Refusal | None
    model_version: str

    @property
    def is_known(self) -> bool:
        """Whether the diagnosis may be used: the photograph was not refused."""
        return self.refusal is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What the network returns: logits (batch, classes), feature maps (batch, channels, h, w)."""

    logits_bc: NDArray[np.float32]
    feature_maps_bchw: NDArray[np.float32]

    @property
    def features_bf(self) -> NDArray[np.float32]:
        """The feature maps' means: what the last layer sees (batch, channels)."""
        return np.asarray(self.feature_maps_bchw.mean(axis=(2, 3)))

    def select(self, row: int) -> "Outputs":
        """Return what belongs to one photograph, as a batch of one."""
        rows = slice(row, row + 1)
        return Outputs(
            logits_bc=self.logits_bc[rows], feature_maps_bchw=self.feature_maps_bchw[rows]
        )


class Predictor:
    """One loaded artifact; safe to call from several threads at once."""

    def __init__(self, card: Card, session: ort.InferenceSession, bank: FeatureBank | None) -> None:
        """Take a checked card, its session and features; use `Predictor.load` to get them."""
        self.card = card
        self.bank = bank
        self._session = session
        self._scorer = OodScorer(card.ood.method, temperature=card.temperature, bank=bank)
        self._preprocessing: Preprocessing = card.preprocessing.to_preprocessing()
        self._labels: tuple[Label, ...] = tuple(get_label(name) for name in card.class_names)

    @classmethod
    def load(cls, artifact_dir: Path, *, intra_op_threads: int = 1) -> "Predictor":
        """Verify the artifact's hashes and load its ONNX graph.

        Raises:
            ArtifactError: a file is missing or changed, or the graph does not fit the card.
        """
        card = verify_artifact(artifact_dir)
        bank = load_feature_bank(artifact_dir)
        if bank is None and card.ood.method in NEEDS_BANK:
            raise ArtifactError(
                f"{artifact_dir} has no {REPLAY_FILE}, which its unknown score "
                f"{card.ood.method!r} needs; restore the artifact"
            )
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
            return cls(card, session, bank)
        except UnknownLabelError as error:
            raise ArtifactError(f"the card of {artifact_dir} names an {error}") from None
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(
                f"{artifact_dir / ONNX_FILE} cannot be loaded: {str(error)[:200]}; export it again"
            ) from None

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
        return self.to_predictions(outputs, [self.find_fault(image)], top_k=top_k)[0]

    def preprocess(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turn RGB arrays of any size into the network's batch (batch, 3, size, size)."""
        return preprocess_images(images, self._preprocessing)

    def infer(self, images_bchw: NDArray[np.float32]) -> Outputs:
        """Run the network on a preprocessed batch."""
        logits_bc, feature_maps_bchw = self._session.run(_OUTPUTS, {_IMAGE_INPUT: images_bchw})
        return Outputs(logits_bc=logits_bc, feature_maps_bchw=feature_maps_bchw)

    def find_fault(self, image: NDArray[np.uint8]) -> Refusal | None:
        """Return why nobody could diagnose this photograph; None for one that can be used."""
        return find_fault(measure_quality(image), self.card.quality)

    def score(
        self, logits_bc: NDArray[np.floating], features_bf: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return how strange each photograph is (higher = stranger)."""
        return self._scorer.score(logits_bc, features_bf)

    def to_predictions(
        self, outputs: Outputs, faults: Sequence[Refusal | None], *, top_k: int = 5
    ) -> list[Prediction]:
        """Turn outputs and the photographs' faults into diagnoses with calibrated probabilities."""
        probs_bc = softmax(outputs.logits_bc, self.card.temperature)
        scores_b = self.score(outputs.logits_bc, outputs.features_bf)
        return [
            self._to_prediction(probs_c, float(score), fault, top_k)
            for probs_c, score, fault in zip(probs_bc, scores_b, faults, strict=True)
        ]

    def _to_prediction(
        self, probs_c: NDArray[np.float64], ood_score: float, fault: Refusal | None, top_k: int
    ) -> Prediction:
        order = np.argsort(-probs_c, kind="stable")
        threshold = self.card.ood.threshold
        if fault is None and ood_score > threshold:
            fault = refuse_stranger(threshold)
        plausible = [i for i in order if probs_c[i] >= self.card.conformal_min_probability]
        return Prediction(
            top=tuple(self._class_probability(i, probs_c[i]) for i in order[:top_k]),
            plausible=tuple(self._labels[i].class_name for i in plausible or order[:1]),
            ood_score=ood_score,
            refusal=fault,
            model_version=self.model_version,
        )

    def find_nearest(self, outputs: Outputs, *, count: int) -> tuple[NearPhotograph, ...]:
        """Find the training photographs nearest to the first one of `outputs`."""
        if self.bank is None:
            return ()
        return tuple(
            NearPhotograph(
                class_name=self._labels[near.class_idx].class_name,
                similarity=near.similarity,
                sha256=near.sha256,
            )
            for near in self.bank.find_nearest(outputs.features_bf[0], count=count)
        )

    def _class_probability(self, class_idx: int, probability: float) -> ClassProbability:
        label = self._labels[class_idx]
        return ClassProbability(
            class_name=label.class_name,
            dataset_label=label.dataset_label,
            display_name=label.display_name,
            probability=float(probability),
        )
