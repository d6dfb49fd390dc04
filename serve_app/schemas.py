"""The HTTP contract: what the service takes and answers. Pydantic only, shared by both sides.

Questions are strict (an unknown name is an error). Answers may gain fields, so a client that reads
them ignores what it does not know.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MAX_TOP_K = 38
MAX_IMAGES = 8
# A third of a second on one core at 256 px; photos of a phone meet the limit on bodies first.
MAX_BATCH_IMAGES = 32


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PredictionQuery(BaseModel):
    """Query parameters of ``POST /v1/predictions``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    top_k: int = Field(default=5, ge=1, le=MAX_TOP_K, description="How many classes to name.")
    explain: bool = Field(
        default=False, description="Also return a heat map and the nearest training photographs."
    )


class BatchQuery(BaseModel):
    """Query parameters of ``POST /v1/predictions/batch``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    top_k: int = Field(default=5, ge=1, le=MAX_TOP_K, description="How many classes to name.")


class RankedClass(_Answer):
    """One class with its calibrated probability."""

    class_name: str
    dataset_label: str
    display_name: str
    probability: float = Field(ge=0, le=1)


class Refusal(_Answer):
    """Why the photo is not diagnosed, and the threshold that decided."""

    code: str
    reason: str
    threshold: float


class NearPhotograph(_Answer):
    """A training photograph that the model finds alike; ``sha256`` names it in the store."""

    class_name: str
    similarity: float
    sha256: str | None


class Timing(_Answer):
    """Where the time went inside the replica, in milliseconds."""

    decode: float
    queue: float
    infer: float


class PredictionResponse(_Answer):
    """A diagnosis; ``predictions`` is sorted, most probable first.

    ``plausible`` is the smallest set of classes that holds the truth 95 times in 100;
    ``ood_score`` is higher for stranger photos. With ``explain``: ``heatmap_png`` is base64, and
    ``nearest`` names the training photographs that the model finds alike.
    """

    request_id: str
    model_version: str
    predictions: tuple[RankedClass, ...] = Field(min_length=1)
    plausible: tuple[str, ...]
    is_known: bool
    ood_score: float
    refusal: Refusal | None
    heatmap_png: str | None = None
    nearest: tuple[NearPhotograph, ...] = ()
    timing_ms: Timing


class ShadowReport(_Answer):
    """What a candidate computed of the champion's requests, unseen, in this replica."""

    percent: float
    num_compared: int
    num_disagreed: int
    num_left_out: int
    num_failed: int


class CandidateReport(_Answer):
    """A model on trial: it answers ``canary_percent`` of the requests, under its own name."""

    model_version: str
    canary_percent: float
    shadow: ShadowReport | None


class ReplicaReport(_Answer):
    """One of the processes that answer, and where its last order to change the model stands.

    ``roll_state`` is empty, rolling, serving or failed; ``roll_reason`` says why it failed.
    """

    replica_id: str
    order_id: str
    roll_state: str
    roll_reason: str | None


class ModelResponse(_Answer):
    """The model that answers: its card, since when, and drift where it is measured."""

    model_version: str
    card: dict[str, Any]
    since: datetime
    drift: dict[str, Any] | None = None
    candidate: CandidateReport | None = None
    replica: ReplicaReport | None = None


class HealthResponse(_Answer):
    """The process answers."""

    status: str


class ReadinessResponse(_Answer):
    """A real inference came back."""

    status: str
    model_version: str


class ErrorBody(_Answer):
    """Every error: ``code`` for programs, ``message`` for people (says what to do next)."""

    code: str
    message: str
    request_id: str


class BatchPrediction(PredictionResponse):
    """One photo of a batch that was diagnosed, or refused as no leaf that can be diagnosed."""

    name: str


class BatchError(ErrorBody):
    """One photo of a batch that could not be answered; the others were."""

    name: str


class BatchResponse(_Answer):
    """One result a photo, in the order of the form; ``name`` is the part's file name.

    Each result has a ``request_id`` of its own: the batch's, with the photo's position from 0.
    """

    request_id: str
    results: tuple[BatchPrediction | BatchError, ...] = Field(min_length=1)
