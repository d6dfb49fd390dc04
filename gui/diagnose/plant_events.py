"""What can happen to several photos of one plant, as values."""

from dataclasses import dataclass

from gui.diagnose.answers import Advice, Diagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkToggled:
    """The user says that the selected photo shows the plant of the other marked ones, or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantRequested:
    """The user wants one answer for the marked photos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantDiagnosed:
    """The plant has its answer; ``number`` is that of its exhibit."""

    number: int
    diagnosis: Diagnosis
    advice: Advice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantFailed:
    """The plant has none; ``problem`` says why and what to do."""

    number: int
    problem: str


PlantEvent = MarkToggled | PlantRequested | PlantDiagnosed | PlantFailed
