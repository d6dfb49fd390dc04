"""What the tab knows of runs, models and the trail of who did what: plain values."""

from dataclasses import dataclass, field
from datetime import datetime

AT_WORK = frozenset({"queued", "running"})
# Of runs in these states the uploads are learnt from, or about to be.
LEARNT = frozenset({"queued", "running", "succeeded", "awaiting_approval"})
STAGES = ("prepare", "validate", "train", "evaluate", "gate", "promote")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassLine:
    """One class: how often champion and challenger are right on the same photographs."""

    class_name: str
    num_samples: int
    champion: float
    challenger: float
    is_worse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate decided; ``checks`` says which comparisons the challenger passed."""

    is_promoted: bool
    reasons: tuple[str, ...] = ()
    checks: dict[str, bool] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    classes: tuple[ClassLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A retraining run as the server tells of it."""

    run_id: str
    status: str
    stage: str
    config: str
    created: datetime
    created_by: str
    started: datetime | None = None
    ended: datetime | None = None
    epoch: int = 0
    epochs: int = 0
    images_per_s: float | None = None
    eta_s: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    verdict: Verdict | None = None
    model_version: str | None = None
    champion_version: str | None = None
    upload_ids: tuple[str, ...] = ()
    reason: str = ""

    @property
    def is_at_work(self) -> bool:
        """It has not ended."""
        return self.status in AT_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The figures of a run after one epoch or step."""

    epoch: int
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How many photographs of a class each model takes for ``answer``."""

    class_name: str
    answer: str
    champion: int
    challenger: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What there is to draw of a run besides its curves, as it stood at ``status``."""

    run_id: str
    status: str
    confusions: tuple[Confusion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An upload that was taken into the data."""

    upload_id: str
    num_images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A version in the registry; ``aliases`` are champion, candidate, previous."""

    model_version: str
    aliases: tuple[str, ...]
    metrics: dict[str, float]
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One line of the trail: who did what."""

    at: datetime
    actor: str
    action: str
    subject: str
    outcome: str
    detail: str
