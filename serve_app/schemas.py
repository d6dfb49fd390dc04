"""The HTTP contract: what the service takes and answers. Pydantic only, shared by both sides.

Questions are strict (an unknown name is an error). Answers may gain fields, so a client that reads
them ignores what it does not know.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

MAX_TOP_K = 38
MAX_IMAGES = 8
# A third of a second on one core at 256 px; photos of a phone meet the limit on bodies first.
MAX_BATCH_IMAGES = 32
# A question of 340 KB.
MAX_HASHES = 5000
SHA256_PATTERN = r"^[0-9a-f]{64}$"


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
    replica: ReplicaReport


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


class UploadResponse(_Answer):
    """An upload; the counts are of the files ``checked`` so far, ``total`` of all that came.

    ``status`` is receiving, checking, checked, accepted, discarded or failed; ``reason`` says why
    it failed, or why checking waits. ``suspicious`` photographs are accepted, and worth a look.
    """

    upload_id: str
    status: str
    created_at: datetime
    created_by: str
    total: int
    checked: int
    accepted: int
    rejected: int
    suspicious: int
    reason: str | None = None


class UploadList(RootModel[tuple[UploadResponse, ...]]):
    """Uploads, the newest first."""


class UploadQuery(BaseModel):
    """Query parameters of ``GET /v1/uploads``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(default=100, ge=1, le=1000, description="How many, the newest first.")


class RejectedFile(_Answer):
    """A file of an upload that is not accepted, and why."""

    name: str
    code: str
    reason: str


class RejectionList(RootModel[tuple[RejectedFile, ...]]):
    """All files of an upload that are not accepted so far."""


class RejectionsQuery(BaseModel):
    """Query parameters of ``GET /v1/uploads/{id}/rejections``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["json", "csv"] = Field(default="json", description="JSON, or a table.")


class UploadedImage(_Answer):
    """One file of an upload; ``sha256`` names it in corrections, empty if it could not be read."""

    name: str
    sha256: str
    class_name: str | None
    is_accepted: bool
    code: str | None
    reason: str | None
    is_suspicious: bool
    predicted_class_name: str | None
    predicted_probability: float | None
    group_id: str


class UploadedImages(_Answer):
    """Some files of an upload, and how many there are in all that match the question."""

    total: int
    items: tuple[UploadedImage, ...]


class UploadedPicture(_Answer):
    """A small copy of a photograph of an upload that nobody accepted yet: a JPEG in base64."""

    sha256: str
    jpeg: str


class ItemsQuery(BaseModel):
    """Query parameters of ``GET /v1/uploads/{id}/items``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    only: Literal["all", "accepted", "rejected", "suspicious"] = "all"
    offset: int = Field(default=0, ge=0, le=1_000_000)
    limit: int = Field(default=100, ge=1, le=1000)


class Correction(BaseModel):
    """What a person says of a photograph: its class, or null to leave it out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    class_name: str | None = Field(max_length=200)


class MissingQuestion(BaseModel):
    """Hashes of files that a client means to send."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: tuple[Annotated[str, Field(pattern=SHA256_PATTERN)], ...] = Field(max_length=MAX_HASHES)


class MissingAnswer(_Answer):
    """Those of them that the upload does not have yet."""

    sha256: tuple[str, ...]
