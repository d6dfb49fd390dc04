"""What a server tells of its model: a plain value that the pure modules can hold."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """The model that answers; ``drift`` in words, None where it is not measured.

    ``candidate`` is a model on trial, which gives ``canary_percent`` of the answers.
    """

    version: str
    since: datetime
    drift: str | None = None
    is_drift_strong: bool = False
    candidate: str | None = None
    canary_percent: float = 0.0
