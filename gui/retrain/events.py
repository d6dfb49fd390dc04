"""Everything that can happen to the tab on a better model, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


Event = ProblemDismissed
