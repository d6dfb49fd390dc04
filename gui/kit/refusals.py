"""What an error of the client tells people: what happened, and what to do next."""

from http import HTTPStatus

from gui.kit.words import as_sentence

# In the answer of an application that has no such route.
_NO_ROUTE = "See /docs"
_AWAY = "The server does not answer just now."
_UNKNOWN_KEY = "The server does not know your key. Enter the right one on the tab Settings."
_TOO_OLD = "This server cannot do that: it runs without its control part, or is of another version."
_BUSY = "The server is busy just now. Try again in a few seconds."


def say_refusal(error: Exception, *, deed: str) -> str:
    """Return the words for an error of ``serve_app.client``; ``deed`` is what was asked for.

    ``deed`` goes on the words "Your key may not", such as "contribute photographs".
    """
    from serve_app.client import ApiError, ServerUnreachableError

    if isinstance(error, ServerUnreachableError):
        return _AWAY
    if not isinstance(error, ApiError):
        return as_sentence(str(error))
    match error.status:
        case HTTPStatus.UNAUTHORIZED:
            return _UNKNOWN_KEY
        case HTTPStatus.FORBIDDEN:
            return (
                f"Your key may not {deed}. Ask whoever runs the server for one that may, and enter "
                "it on the tab Settings."
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _BUSY
        case HTTPStatus.METHOD_NOT_ALLOWED | HTTPStatus.NOT_FOUND if _NO_ROUTE in error.message:
            return _TOO_OLD
        case _:
            return as_sentence(error.message)
