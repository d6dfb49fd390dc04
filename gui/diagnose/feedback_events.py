"""What can happen to what a user says of an answer, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven:
    """The user says what a diagnosed photo really shows."""

    request_id: str
    class_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackAnswered:
    """The server has it, or ``problem`` says why not."""

    request_id: str
    problem: str | None = None


FeedbackEvent = FeedbackGiven | FeedbackAnswered
