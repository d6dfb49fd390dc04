"""What the user said of answers: right, or what it is instead; each is sent once."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from gui.diagnose import feedback_events as events

# Those of a large set; older ones are only forgotten here.
_MAX_FEEDBACKS = 1000


class FeedbackStatus(StrEnum):
    """Life of one feedback."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What one answer should have been; ``problem`` is set when FAILED."""

    request_id: str
    class_name: str
    status: FeedbackStatus = FeedbackStatus.SENDING
    problem: str | None = None


Feedbacks = tuple[Feedback, ...]


def find(feedbacks: Feedbacks, request_id: str | None) -> Feedback | None:
    """Return what was said of the answer to a request; None if nothing was."""
    return next((item for item in feedbacks if item.request_id == request_id), None)


def update(feedbacks: Feedbacks, event: events.FeedbackEvent) -> Feedbacks:
    """Return ``feedbacks`` after ``event``; what was sent is not sent again."""
    old = find(feedbacks, event.request_id)
    others = tuple(item for item in feedbacks if item is not old)
    match event:
        case events.FeedbackGiven():
            if old is not None and old.status is not FeedbackStatus.FAILED:
                return feedbacks
            new = Feedback(request_id=event.request_id, class_name=event.class_name)
        case events.FeedbackAnswered():
            if old is None:
                return feedbacks
            status = FeedbackStatus.FAILED if event.problem else FeedbackStatus.SENT
            new = replace(old, status=status, problem=event.problem)
        case _:
            assert_never(event)
    return (*others[-_MAX_FEEDBACKS + 1 :], new)
