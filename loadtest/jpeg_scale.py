"""What decoding a large JPEG at a fraction of its size saves, and what it changes."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.images import REDUCED_SIDE_PX, decode_image, read_image_bytes
from models.predictor import Prediction, Predictor

Decode = Callable[[bytes], NDArray[np.uint8]]

_QUALITY = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegScale:
    """Photographs enlarged to a phone's size, decoded whole and reduced.

    Times are from the bytes to the network's input, the look at the photograph's quality included.
    """

    long_side_px: int
    reduced_side_px: int
    num_photos: int
    whole_ms: float
    reduced_ms: float
    num_class_changes: int
    num_diagnosis_changes: int
    """Of those, the photographs that are refused neither way."""
    num_refusal_changes: int
    max_probability_change: float
    """Of any class of any photograph."""


def measure_jpeg_scale(
    predictor: Predictor, paths: Sequence[Path], *, long_side_px: int
) -> JpegScale:
    """Compare both ways on each photograph."""
    whole, reduced = _Way(predictor), _Way(predictor)
    for path in paths:
        image_bytes = enlarge(read_image_bytes(path), long_side_px)
        whole.diagnose(image_bytes, _decode_whole)
        reduced.diagnose(image_bytes, decode_image)
    pairs = list(zip(whole.predictions, reduced.predictions, strict=True))
    changed = [(a, b) for a, b in pairs if a.top[0].class_name != b.top[0].class_name]
    return JpegScale(
        long_side_px=long_side_px,
        reduced_side_px=REDUCED_SIDE_PX,
        num_photos=len(pairs),
        whole_ms=round(1000 * whole.elapsed_s / len(pairs), 2),
        reduced_ms=round(1000 * reduced.elapsed_s / len(pairs), 2),
        num_class_changes=len(changed),
        num_diagnosis_changes=sum(a.is_known and b.is_known for a, b in changed),
        num_refusal_changes=sum((a.refusal is None) != (b.refusal is None) for a, b in pairs),
        max_probability_change=round(max(_find_change(a, b) for a, b in pairs), 4),
    )


def enlarge(image_bytes: bytes, long_side_px: int) -> bytes:
    """Return the photograph at a phone's size, as a JPEG."""
    image = Image.fromarray(decode_image(image_bytes))
    scale = long_side_px / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


class _Way:
    """One way of decoding, its time and what came of it."""

    def __init__(self, predictor: Predictor) -> None:
        self.elapsed_s = 0.0
        self.predictions: list[Prediction] = []
        self._predictor = predictor

    def diagnose(self, image_bytes: bytes, decode: Decode) -> None:
        started_s = time.perf_counter()
        image = decode(image_bytes)
        images_bchw = self._predictor.preprocess([image])
        fault = self._predictor.find_fault(image)
        self.elapsed_s += time.perf_counter() - started_s
        outputs = self._predictor.infer(images_bchw)
        num_classes = len(self._predictor.card.class_names)
        self.predictions += self._predictor.to_predictions(outputs, [fault], top_k=num_classes)


def _decode_whole(image_bytes: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(image_bytes), formats=["JPEG"]) as image:
        return np.asarray(image.convert("RGB"))


def _find_change(one: Prediction, other: Prediction) -> float:
    probabilities = {item.class_name: item.probability for item in other.top}
    return max(abs(item.probability - probabilities[item.class_name]) for item in one.top)
