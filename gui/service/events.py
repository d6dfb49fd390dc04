"""Everything that can happen to the tab on the cluster behind the server, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


Event = ProblemDismissed
