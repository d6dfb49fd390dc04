"""What the gate is told of two models, its policy, and its verdict: plain values."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator


class GatePolicy(BaseModel):
    """How much worse is still "no worse", and how sure a gain must be. Shares are of 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_overall_loss: float = Field(default=0.01, ge=0, le=1)
    """Of the lower end of the interval, on the frozen validation samples."""
    max_class_loss: float = Field(default=0.08, ge=0, le=1)
    """Of the samples of one class, on balance: two of 28; none of fewer than 13."""
    max_field_loss: float = Field(default=0.02, ge=0, le=1)
    max_ece_rise: float = Field(default=0.01, ge=0, le=1)
    max_known_refused_rise: float = Field(default=0.02, ge=0, le=1)
    max_stranger_refused_loss: float = Field(default=0.03, ge=0, le=1)
    min_new_gain: float = Field(default=0.0, ge=0, le=1)
    """The lower end of the interval must lie above it."""
    max_chance: float = Field(default=0.05, gt=0, lt=1)
    """Of a coin giving so one-sided a result on the new data."""
    min_new_leaves: int = Field(default=10, ge=1)
    min_label_agreement: float = Field(default=0.7, ge=0, le=1)
    """Of a model with new labels that it did not learn from, where it is surest of itself; at the
    interval's lower end."""
    few_samples: int = Field(default=10, ge=1)
    """A class with fewer is said to be judged by few samples."""
    max_latency_ratio: float = Field(default=1.25, ge=1)
    max_latency_rise_ms: float = Field(default=2.0, ge=0)
    """A rise below this is noise of the clock, whatever its ratio."""
    max_memory_ratio: float = Field(default=1.2, ge=1)
    num_draws: int = Field(default=4000, ge=100, le=100_000)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a model says of labelled samples; two models are compared on the same ones."""

    sample_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    """The leaf of each sample."""
    class_idx_b: NDArray[np.int64]
    probs_bc: NDArray[np.float64]
    is_refused_b: NDArray[np.bool_]
    """Answered as no known leaf."""

    @property
    def is_correct_b(self) -> NDArray[np.bool_]:
        """Which samples' classes are the most probable ones."""
        return np.asarray(self.probs_bc.argmax(axis=1) == self.class_idx_b)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that the gate knows of one model."""

    model_version: str
    class_names: tuple[str, ...]
    val: Answers
    """Frozen validation samples."""
    new: Answers
    """Samples of the new data that neither model was trained on."""
    learned: Answers
    """New samples, each answered by a model that learned from other new ones and not from it."""
    field: Answers | None
    """Earlier test samples from outside the laboratory; None where there are none."""
    is_stranger_refused_b: NDArray[np.bool_]
    """Of each validation sample, made a stranger by taking its class out of the memory."""
    latency_p95_ms: float
    memory_mb: float


class ClassVerdict(BaseModel):
    """One class on the frozen validation samples."""

    model_config = ConfigDict(frozen=True)

    num_samples: int
    champion: float
    challenger: float
    net_lost: int
    """Samples that the champion has right and the challenger wrong, less the other way round."""
    allowed_lost: int
    is_few: bool
    """So few samples that a share of them proves nothing; then none may be lost."""
    is_worse: bool


class Verdict(BaseModel):
    """What the gate decided, in words and in numbers."""

    model_config = ConfigDict(frozen=True)

    promote: bool
    reasons: tuple[str, ...]
    """What speaks against the challenger; where nothing does, what speaks for it."""
    checks: dict[str, bool]
    numbers: dict[str, float]
    by_class: dict[str, ClassVerdict]

    @model_validator(mode="after")
    def _promotes_only_what_passed(self) -> Self:
        if self.promote != all(self.checks.values()):
            raise ValueError("a verdict promotes exactly what passed every check")
        return self


class EvidenceError(ValueError):
    """Two models that were not judged on the same samples."""
