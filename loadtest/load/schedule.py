"""When a user means to ask: at fixed times, whatever became of the questions before.

Pure. A generator that waits for an answer before it sets the time of its next question asks less
while the service is slow, and so leaves out the very waiting that it should measure (coordinated
omission; Locust's own `constant_throughput` forgets what it is behind). Here the times are set
beforehand: a user who is late asks at once, and a response time counts from when it was meant to
ask. What it never came to ask is a failure.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Questions at `first_s`, `first_s + period_s` and so on, seconds of one clock."""

    first_s: float
    period_s: float

    def get_due_s(self, question_idx: int) -> float:
        """Return when a question is meant to be asked."""
        return self.first_s + question_idx * self.period_s

    def get_wait_s(self, question_idx: int, *, now_s: float) -> float:
        """Return how long to wait before a question; 0 where it is late."""
        return max(0.0, self.get_due_s(question_idx) - now_s)

    def list_missed(self, next_idx: int, *, until_s: float) -> range:
        """Return the questions that were due before a time, from the next one on."""
        num_due = max(0, math.ceil((until_s - self.first_s) / self.period_s))
        return range(next_idx, max(next_idx, num_due))
