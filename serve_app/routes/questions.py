"""What the routes of both applications check of a question, and how they answer it."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import Depends, Request, params
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from cluster.keys import Role
from serve_app.errors import InvalidRequestError
from serve_app.layers.auth import check_role


def require_role(needed: Role) -> Callable[[Request], Awaitable[None]]:
    """Return a dependency that refuses callers below a role."""

    async def check(request: Request) -> None:
        check_role(request, needed)

    return check


def needs_role(needed: Role) -> list[params.Depends]:
    """Return the dependencies of routes for callers of a role, as the document tells them too."""
    return [Depends(HTTPBearer(auto_error=False)), Depends(require_role(needed))]


async def refuse_query(request: Request) -> None:
    """Refuse a question with parameters, for routes that take none.

    Raises:
        InvalidRequestError: there is one.
    """
    if request.query_params:
        name = next(iter(request.query_params))
        raise InvalidRequestError(f"query.{name[:80]}: there is no such parameter. See /docs.")


def to_json(answer: BaseModel, *, status: int = 200) -> Response:
    """Return an answer that needs no further check."""
    return Response(answer.model_dump_json(), status_code=status, media_type="application/json")


def get_media_type(request: Request) -> str:
    """Return the plain type of a request's body; empty where none is named."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def wrong_type(media_type: str, how: str) -> InvalidRequestError:
    """Return what to tell of a body of another type; ``how`` says what to send."""
    return InvalidRequestError(
        f"Content-Type {media_type[:80]!r} is not taken: {how}.",
        code="unsupported_media_type",
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    )
