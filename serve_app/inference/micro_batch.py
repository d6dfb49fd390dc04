"""What several callers asked, computed in one run of the network."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.fusion import fuse_each
from models.images import decode_image
from models.predictor import NearPhotograph, Outputs, Prediction, Predictor
from models.refusal import Refusal
from serve_app.inference.heatmap import HeatmapPainter

_NUM_NEAREST = 5

_ValueT = TypeVar("_ValueT")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Computed:
    decoded: _Decoded
    prediction: Prediction
    outputs: Outputs
    """Of the plant: one row."""
    feature_map_chw: NDArray[np.float32]
    """Of its first photo, not the mean of all."""
    queue_s: float
    infer_s: float


def diagnose_plants(
    predictor: Predictor,
    painter: HeatmapPainter,
    plants: Sequence[PlantPhotos],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[TimedPrediction | Exception]:
    """Yield a diagnosis of each plant, the photos of all in one run of the network.

    What cannot be diagnosed is an error among the answers, never raised: a photo that breaks a
    decoder in a way that nobody foresaw must not cost those beside it their answers.
    """
    decoded = [_attempt(partial(_decode, predictor, plant, clock)) for plant in plants]
    usable = [found for found in decoded if isinstance(found, _Decoded)]
    computed = _attempt(partial(_infer, predictor, usable, clock)) if usable else []
    for found in decoded:
        if isinstance(found, Exception):
            yield found
        elif isinstance(computed, Exception):
            yield computed
        else:
            yield _attempt(partial(_finish, predictor, painter, computed.pop(0), clock))


def _attempt(work: Callable[[], _ValueT]) -> _ValueT | Exception:
    try:
        return work()
    except Exception as error:  # noqa: BLE001  (the caller whose photo it is gets it)
        return error


def _decode(predictor: Predictor, plant: PlantPhotos, clock: Callable[[], float]) -> _Decoded:
    started_s = clock()
    first_image = decode_image(plant.photos[0])
    batches = [predictor.preprocess([first_image])]
    faults = [predictor.find_fault(first_image)]
    for photo in plant.photos[1:]:
        # One by one, so that few photos are held at their full size.
        image = decode_image(photo)
        batches.append(predictor.preprocess([image]))
        faults.append(predictor.find_fault(image))
    return _Decoded(
        plant=plant,
        first_image=first_image,
        images_bchw=np.concatenate(batches),
        faults=faults,
        decode_s=clock() - started_s,
    )


def _infer(
    predictor: Predictor, decoded: Sequence[_Decoded], clock: Callable[[], float]
) -> list[_Computed]:
    started_s = clock()
    outputs = predictor.infer(np.concatenate([found.images_bchw for found in decoded]))
    fused, faults = fuse_each(outputs, [found.faults for found in decoded])
    most = max(found.plant.top_k for found in decoded)
    predictions = predictor.to_predictions(fused, faults, top_k=most)
    infer_s = clock() - started_s
    firsts = itertools.accumulate((len(found.faults) for found in decoded), initial=0)
    return [
        _Computed(
            decoded=found,
            prediction=replace(prediction, top=prediction.top[: found.plant.top_k]),
            outputs=fused.select(row),
            feature_map_chw=outputs.feature_maps_bchw[first],
            queue_s=started_s - found.plant.submitted_s - found.decode_s,
            infer_s=infer_s,
        )
        for row, (found, prediction, first) in enumerate(
            zip(decoded, predictions, firsts, strict=False)
        )
    ]


def _finish(
    predictor: Predictor, painter: HeatmapPainter, computed: _Computed, clock: Callable[[], float]
) -> TimedPrediction:
    started_s = clock()
    found, prediction = computed.decoded, computed.prediction
    heatmap_png: bytes | None = None
    nearest: tuple[NearPhotograph, ...] = ()
    if found.plant.with_heatmap:
        class_name = prediction.top[0].class_name
        heatmap_png = painter.paint(found.first_image, computed.feature_map_chw, class_name)
        nearest = predictor.find_nearest(computed.outputs, count=_NUM_NEAREST)
    return TimedPrediction(
        prediction=prediction,
        heatmap_png=heatmap_png,
        nearest=nearest,
        queue_ms=1000 * computed.queue_s,
        decode_ms=1000 * found.decode_s,
        infer_ms=1000 * (computed.infer_s + clock() - started_s),
    )
