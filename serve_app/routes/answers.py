"""From what the engine found to what callers are told."""

import base64
from collections.abc import Sequence

from models.images import ImageError
from serve_app.errors import from_image_error
from serve_app.inference.engine import Outcome
from serve_app.inference.micro_batch import TimedPrediction
from serve_app.schemas import (
    BatchError,
    BatchPrediction,
    BatchResponse,
    NearPhotograph,
    PredictionResponse,
    RankedClass,
    Refusal,
    Timing,
)

# With a position behind it the id stays within the 64 characters that an id may have.
_MAX_BATCH_ID_CHARS = 60


def to_prediction_response(timed: TimedPrediction, request_id: str) -> PredictionResponse:
    """Return what to tell of one diagnosis."""
    prediction = timed.prediction
    refusal = prediction.refusal
    heatmap_png = timed.heatmap_png
    return PredictionResponse(
        request_id=request_id,
        model_version=prediction.model_version,
        predictions=tuple(
            RankedClass(
                class_name=item.class_name,
                dataset_label=item.dataset_label,
                display_name=item.display_name,
                probability=item.probability,
            )
            for item in prediction.top
        ),
        plausible=prediction.plausible,
        is_known=prediction.is_known,
        ood_score=prediction.ood_score,
        refusal=refusal
        and Refusal(code=refusal.code, reason=refusal.reason, threshold=refusal.threshold),
        heatmap_png=heatmap_png and base64.b64encode(heatmap_png).decode("ascii"),
        nearest=tuple(
            NearPhotograph(
                class_name=near.class_name, similarity=near.similarity, sha256=near.sha256
            )
            for near in timed.nearest
        ),
        timing_ms=Timing(decode=timed.decode_ms, queue=timed.queue_ms, infer=timed.infer_ms),
    )


def to_batch_response(
    names: Sequence[str], outcomes: Sequence[Outcome], request_id: str
) -> BatchResponse:
    """Return the results of a batch in its order, each with an id of its own."""
    return BatchResponse(
        request_id=request_id,
        results=tuple(
            _to_result(name, outcome, f"{request_id[:_MAX_BATCH_ID_CHARS]}.{index}")
            for index, (name, outcome) in enumerate(zip(names, outcomes, strict=True))
        ),
    )


def _to_result(name: str, outcome: Outcome, request_id: str) -> BatchPrediction | BatchError:
    if isinstance(outcome, TimedPrediction):
        answer = to_prediction_response(outcome, request_id)
        return BatchPrediction(name=name, **dict(answer))
    error = from_image_error(outcome) if isinstance(outcome, ImageError) else outcome
    return BatchError(name=name, code=error.code, message=error.message, request_id=request_id)
