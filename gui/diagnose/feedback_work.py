"""The work behind feedback: one request each, asked once."""

import logging
from functools import partial
from http import HTTPStatus

from gui.diagnose import events, feedback_events
from gui.diagnose.feedback import FeedbackStatus, find
from gui.diagnose.state import DiagnoseState
from gui.kit.connection import Connection
from gui.kit.desk import Desk
from gui.kit.tabs import TabView
from gui.kit.words import as_sentence, say_crash
from gui.kit.workers import Workers

logger = logging.getLogger(__name__)

_AWAY = "The server cannot be reached just now, so nothing was sent. Try again when it is online."
_GONE = (
    "The server does not keep this photo any more. Diagnose it again and say it then, or send it "
    "from the tab Contribute."
)
_NOT_TAKEN = "This server takes no corrections."
_NO_KEY = "The server does not take corrections with your key. Ask who runs it for another."


class FeedbackWork:
    """Sends what the user says of an answer."""

    def __init__(self, desk: Desk[events.Event], connection: Connection) -> None:
        """Take where answers go, and the server."""
        self._desk = desk
        self._connection = connection
        self._workers = Workers("feedback", num_threads=1, report_crash=desk.report_crash)

    def start(self) -> None:
        """Start the thread."""
        self._workers.start()

    def close(self) -> None:
        """End the thread."""
        self._workers.close()

    def follow(
        self,
        event: events.Event | None,
        before: TabView[DiagnoseState],
        after: TabView[DiagnoseState],
    ) -> None:
        """Send what is new."""
        if not isinstance(event, feedback_events.FeedbackGiven):
            return
        feedback = find(after.part.feedbacks, event.request_id)
        is_new = feedback is not find(before.part.feedbacks, event.request_id)
        if feedback is not None and is_new and feedback.status is FeedbackStatus.SENDING:
            self._workers.submit(partial(self._send, event.request_id, event.class_name))

    # From here on: on the worker.

    def _send(self, request_id: str, class_name: str) -> None:
        from serve_app.client import ClientError
        from serve_app.key_file import KeyFileUnusableError

        problem = None
        try:
            self._connection.get_client().loop.send_feedback(request_id, class_name)
        except (ClientError, KeyFileUnusableError) as error:
            problem = say_problem(error)
        except Exception as error:
            logger.exception("feedback could not be sent")
            problem = say_crash(error)
        self._desk.post(feedback_events.FeedbackAnswered(request_id=request_id, problem=problem))


def say_problem(error: Exception) -> str:
    """Return in plain words why a feedback was not taken, and what to do."""
    from serve_app.client import ApiError, ServerUnreachableError

    if isinstance(error, ServerUnreachableError):
        return _AWAY
    if not isinstance(error, ApiError):
        return as_sentence(str(error))
    if error.code == "photo_gone":
        return _GONE
    if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _NO_KEY
    if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return _NOT_TAKEN
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return _AWAY
    return as_sentence(error.message)
