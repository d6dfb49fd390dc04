"""What FastAPI does with each kind of error: the one answer that callers know."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from models.images import ImageError
from serve_app.errors import InvalidRequestError, ServiceError, from_image_error, to_response
from serve_app.layers.headers import SECURITY_HEADERS
from serve_app.layers.request_id import REQUEST_ID_HEADER, get_request_id

_logger = logging.getLogger(__name__)


def add_error_handlers(api: FastAPI, *, echoes_request_id: bool) -> None:
    """Let an application answer every error as ``{code, message, request_id}``."""

    def answer(request: Request, error: ServiceError) -> Response:
        return to_response(error, request_id=get_request_id(request.scope))

    @api.exception_handler(ServiceError)
    async def on_service_error(request: Request, error: ServiceError) -> Response:
        return answer(request, error)

    @api.exception_handler(ImageError)
    async def on_image_error(request: Request, error: ImageError) -> Response:
        return answer(request, from_image_error(error))

    @api.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])[:80]}: {problem['msg'][:120]}"
            for problem in error.errors()[:5]
        )
        return answer(request, InvalidRequestError(f"{problems}. See /docs."))

    @api.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "_")
        message = f"{error.detail}. See /docs for what can be asked."
        return answer(
            request, InvalidRequestError(message, code=code, status=status, headers=error.headers)
        )

    @api.exception_handler(Exception)
    async def on_surprise(request: Request, _: Exception) -> Response:
        request_id = get_request_id(request.scope)
        # The server logs the traceback; the caller gets the id to find it by.
        _logger.error("request %s failed", request_id)
        error = ServiceError(f"The service failed; report the request id {request_id}.")
        # This handler answers outside the middleware that adds these.
        error.headers.update(SECURITY_HEADERS)
        if echoes_request_id:
            error.headers[REQUEST_ID_HEADER] = request_id
        return answer(request, error)
