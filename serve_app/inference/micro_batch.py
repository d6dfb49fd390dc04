"""What several callers asked, computed in one run of the network."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.fusion import fuse_each
from models.images import ImageError, decode_image
from models.predictor import NearPhotograph, Prediction, Predictor
from models.refusal import Refusal
from serve_app.inference.heatmap import HeatmapPainter

_NUM_NEAREST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantPhotos:
    """One or several encoded photos of one plant, and what is asked of them."""

    photos: Sequence[bytes]
    top_k: int
    with_heatmap: bool
    submitted_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedPrediction:
    """A diagnosis, its heat map where one was asked for, and where the time went."""

    prediction: Prediction
    heatmap_png: bytes | None
    nearest: tuple[NearPhotograph, ...]
    """With the heat map: the training photographs nearest by feature."""
    queue_ms: float
    """For a thread, and for what was decoded before the network ran on both."""
    decode_ms: float
    infer_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decoded:
    plant: PlantPhotos
    first_image: NDArray[np.uint8]
    images_bchw: NDArray[np.float32]
    faults: Sequence[Refusal | None]
    decode_s: float


def diagnose_plants(
    predictor: Predictor,
    painter: HeatmapPainter,
    plants: Sequence[PlantPhotos],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> list[TimedPrediction | ImageError]:
    """Diagnose each plant, the photos of all in one run of the network; a heat map is of the first.

    A plant with a photo that is refused is a value among the others.
    """
    decoded = [_decode(predictor, plant, clock) for plant in plants]
    usable = [found for found in decoded if isinstance(found, _Decoded)]
    answers = iter(_infer(predictor, painter, usable, clock) if usable else ())
    return [found if isinstance(found, ImageError) else next(answers) for found in decoded]


def _decode(
    predictor: Predictor, plant: PlantPhotos, clock: Callable[[], float]
) -> _Decoded | ImageError:
    started_s = clock()
    try:
        first_image = decode_image(plant.photos[0])
        batches = [predictor.preprocess([first_image])]
        faults = [predictor.find_fault(first_image)]
        for photo in plant.photos[1:]:
            # One by one, so that few photos are held at their full size.
            image = decode_image(photo)
            batches.append(predictor.preprocess([image]))
            faults.append(predictor.find_fault(image))
    except ImageError as error:
        return error
    return _Decoded(
        plant=plant,
        first_image=first_image,
        images_bchw=np.concatenate(batches),
        faults=faults,
        decode_s=clock() - started_s,
    )


def _infer(
    predictor: Predictor,
    painter: HeatmapPainter,
    decoded: Sequence[_Decoded],
    clock: Callable[[], float],
) -> list[TimedPrediction]:
    started_s = clock()
    outputs = predictor.infer(np.concatenate([found.images_bchw for found in decoded]))
    fused, faults = fuse_each(outputs, [found.faults for found in decoded])
    most = max(found.plant.top_k for found in decoded)
    predictions = predictor.to_predictions(fused, faults, top_k=most)
    inferred_s = clock()
    answers = []
    row = 0
    for index, (found, prediction) in enumerate(zip(decoded, predictions, strict=True)):
        heatmap_png: bytes | None = None
        nearest: tuple[NearPhotograph, ...] = ()
        before_s = clock()
        if found.plant.with_heatmap:
            class_name = prediction.top[0].class_name
            feature_map_chw = outputs.feature_maps_bchw[row]
            heatmap_png = painter.paint(found.first_image, feature_map_chw, class_name)
            nearest = predictor.find_nearest(fused, row=index, count=_NUM_NEAREST)
        answers.append(
            TimedPrediction(
                prediction=replace(prediction, top=prediction.top[: found.plant.top_k]),
                heatmap_png=heatmap_png,
                nearest=nearest,
                queue_ms=1000 * (started_s - found.plant.submitted_s - found.decode_s),
                decode_ms=1000 * found.decode_s,
                infer_ms=1000 * (inferred_s - started_s + clock() - before_s),
            )
        )
        row += len(found.faults)
    return answers
