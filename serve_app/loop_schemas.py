"""The HTTP contract of the learning loop: datasets, runs, models, feedback. Pydantic alone."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

MAX_UPLOADS_OF_A_RUN = 100

UploadId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class _Question(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class _Answer(BaseModel):
    # A newer server may tell more; an older client goes on.
    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class RunQuestion(_Question):
    """A retraining run to start.

    Without ``config`` the run takes what the server has the data for; without ``upload_ids`` it
    learns from every accepted upload that no promoted model has learnt from.
    """

    config: Literal["head", "finetune", "smoke"] | None = None
    upload_ids: tuple[UploadId, ...] = Field(default=(), max_length=MAX_UPLOADS_OF_A_RUN)
    require_approval: bool = False


class RunProgressReport(_Answer):
    """How far the present stage is; rates and the time left where they are known."""

    epoch: int
    epochs: int
    images_per_s: float | None
    eta_s: float | None


class RunResponse(_Answer):
    """A retraining run.

    ``status`` is queued, running, succeeded (promoted), rejected (the gate kept the champion),
    awaiting_approval, failed or cancelled; ``reason`` says why. ``verdict`` is the gate's: promote,
    reasons in words, numbers, and champion against challenger class by class.
    """

    run_id: str
    status: str
    stage: str
    config: str
    created: datetime
    created_by: str
    started: datetime | None
    ended: datetime | None
    progress: RunProgressReport
    metrics: dict[str, float]
    verdict: dict[str, Any] | None
    dataset_version: str | None
    model_version: str | None
    champion_version: str | None
    upload_ids: tuple[str, ...]
    reason: str


class RunList(RootModel[tuple[RunResponse, ...]]):
    """Runs, the newest first."""


class RunLogs(_Answer):
    """The end of what a run has printed; empty where it printed nothing or its log is gone."""

    run_id: str
    logs: str


class RunPoint(_Answer):
    """The figures of a training after one epoch or iteration."""

    epoch: int
    metrics: dict[str, float]


class Confusion(_Answer):
    """How many validation photographs of a class each model takes for another one."""

    class_name: str
    answer: str
    champion: int
    challenger: int


class RunReport(_Answer):
    """What is drawn of a run: its curves, and what champion and challenger mix up.

    ``points`` are those of the training so far, the first epoch first; ``confusions`` is empty
    before the models are judged.
    """

    run_id: str
    points: tuple[RunPoint, ...]
    confusions: tuple[Confusion, ...]


class RegisteredModel(_Answer):
    """A version in the registry; ``aliases`` are champion, candidate, previous."""

    model_version: str
    aliases: tuple[str, ...]
    metrics: dict[str, float]
    created: datetime


class ModelList(RootModel[tuple[RegisteredModel, ...]]):
    """Model versions, the newest first."""


class PromotionResponse(_Answer):
    """The champion now, which the service answers with, and the one before."""

    model_version: str
    previous_version: str | None


class DatasetVersion(_Answer):
    """An immutable dataset version, what it grew from, and what was added."""

    dataset_version: str
    parent: str | None
    upload_ids: tuple[str, ...]
    num_images: int
    is_current: bool
    """The champion rests on it."""
    has_summary: bool


class DatasetList(RootModel[tuple[DatasetVersion, ...]]):
    """Dataset versions, the newest first."""


class ClassCount(_Answer):
    """Photographs of one class, source and split."""

    class_name: str
    source: str
    split: str
    num_images: int


class DrawnImages(_Answer):
    """A selection of the photographs, column by column; all lists have the same length.

    ``brightness`` and ``saturation`` lie within 0 and 1; ``x`` and ``y`` within -1 and 1: near
    photographs look alike to the model.
    """

    sha256: tuple[str, ...]
    class_name: tuple[str, ...]
    source: tuple[str, ...]
    split: tuple[str, ...]
    width_px: tuple[int, ...]
    height_px: tuple[int, ...]
    brightness: tuple[float, ...]
    saturation: tuple[float, ...]
    hue_deg: tuple[float, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]


class NearPair(_Answer):
    """Two photographs that hardly differ."""

    first_sha256: str
    second_sha256: str
    first_class_name: str
    second_class_name: str


class DoubtfulLabel(_Answer):
    """A photograph whose label the model contradicts with confidence."""

    sha256: str
    class_name: str
    predicted_class_name: str
    probability: float


class Growth(_Answer):
    """One step by which a dataset version grew, the first version first."""

    dataset_version: str
    upload_ids: tuple[str, ...]
    num_images: int


class DatasetSummary(_Answer):
    """What is drawn of a dataset version; lists are bounded, their ``num_`` counts are not."""

    dataset_version: str
    model_version: str
    num_images: int
    counts: tuple[ClassCount, ...]
    images: DrawnImages
    num_near_duplicates: int
    near_duplicates: tuple[NearPair, ...]
    num_doubtful_labels: int
    doubtful_labels: tuple[DoubtfulLabel, ...]
    growth: tuple[Growth, ...]


class StoredPicture(_Answer):
    """A small copy of a photograph of the dataset store: a JPEG in base64."""

    sha256: str
    jpeg: str


class FeedbackQuestion(_Question):
    """The right class of a photograph that was diagnosed, by the id of its request."""

    request_id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    class_name: str = Field(min_length=1, max_length=200)


class FeedbackResponse(_Answer):
    """The upload that the photograph went into; it waits there for a person."""

    upload_id: str
    num_photos: int


class HistoryEntry(_Answer):
    """One line of the audit trail: who did what to data and models, with figures."""

    at: datetime
    actor: str
    action: str
    subject: str
    outcome: str
    detail: str
    data_hash: str | None
    code_commit: str | None
    before: dict[str, float | str | None]
    after: dict[str, float | str | None]


class History(RootModel[tuple[HistoryEntry, ...]]):
    """The audit trail, the oldest line first."""


class ListQuery(_Question):
    """Query parameters of lists."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many, the newest first.")
