"""Everything that can happen to the tab on what the model has learned from, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


Event = ProblemDismissed
