"""What a user says of answers."""

import pytest

from gui.diagnose import feedback_events as events
from gui.diagnose.feedback import Feedback, Feedbacks, FeedbackStatus, find, update
from gui.diagnose.feedback_work import say_problem
from gui.diagnose.words import say_feedback
from serve_app.client import ApiError, ClientError, ServerUnreachableError

GIVEN = events.FeedbackGiven(request_id="r1", class_name="tomato__late_blight")


def status_of(feedbacks: Feedbacks, request_id: str = "r1") -> FeedbackStatus | None:
    feedback = find(feedbacks, request_id)
    return feedback.status if feedback else None


def test_a_feedback_is_sent_once_and_thanked_for() -> None:
    feedbacks = update((), GIVEN)
    assert status_of(feedbacks) is FeedbackStatus.SENDING
    other = events.FeedbackGiven(request_id="r1", class_name="apple__healthy")
    assert update(feedbacks, other) == feedbacks
    feedbacks = update(feedbacks, events.FeedbackAnswered(request_id="r1"))
    assert status_of(feedbacks) is FeedbackStatus.SENT
    assert update(feedbacks, other) == feedbacks
    assert "Thank you" in say_feedback(find(feedbacks, "r1"))


def test_a_feedback_that_failed_says_why_and_can_be_given_again() -> None:
    feedbacks = update((), GIVEN)
    feedbacks = update(feedbacks, events.FeedbackAnswered(request_id="r1", problem="Away."))
    assert say_feedback(find(feedbacks, "r1")) == "Away."
    assert status_of(update(feedbacks, GIVEN)) is FeedbackStatus.SENDING


def test_answers_belong_to_their_request() -> None:
    feedbacks = update((), GIVEN)
    assert update(feedbacks, events.FeedbackAnswered(request_id="r2")) == feedbacks
    assert find(feedbacks, "r2") is None
    assert find(feedbacks, None) is None
    assert say_feedback(None) == ""


def test_few_are_remembered() -> None:
    feedbacks: Feedbacks = ()
    for idx in range(1005):
        feedbacks = update(feedbacks, events.FeedbackGiven(request_id=f"r{idx}", class_name="a"))
    assert len(feedbacks) == 1000
    assert find(feedbacks, "r0") is None
    assert find(feedbacks, "r1004") == Feedback(request_id="r1004", class_name="a")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ServerUnreachableError("No service answers."), "Try again when it is online"),
        (ApiError("photo_gone", "x", "r", 404), "Diagnose it again"),
        (ApiError("not_found", "x", "r", 404), "takes no corrections"),
        (ApiError("forbidden", "x", "r", 403), "with your key"),
        (ApiError("busy", "x", "r", 503), "Try again when it is online"),
        (ApiError("other", "the disk is full", "r", 500), "The disk is full."),
        (ClientError("the key has odd letters"), "The key has odd letters."),
    ],
)
def test_a_refusal_is_said_in_plain_words(error: Exception, words: str) -> None:
    assert words in say_problem(error)
