"""The service as a Python object: used by the command line, the window and the load test.

ClientError
 +- ServerUnreachableError   no answer: not running, wrong address, too slow
 +- ApiError                 an answer that says no: code, message, request_id, status
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar

import httpx2
import stamina
from pydantic import BaseModel, ValidationError

from serve_app.address import is_loopback, is_usable_key, is_usable_url
from serve_app.batch_form import BatchPhoto, OnProgress, count_upload, to_form
from serve_app.loop_client import LoopCalls
from serve_app.schemas import (
    BatchError,
    BatchPrediction,
    BatchResponse,
    ErrorBody,
    ModelResponse,
    PredictionResponse,
    ReadinessResponse,
)
from serve_app.upload_client import UploadCalls

DEFAULT_TIMEOUT = httpx2.Timeout(connect=3.0, read=30.0, write=30.0, pool=10.0)

_ATTEMPTS = 3
_MAX_RETRY_AFTER_S = 5.0
_MAX_CONNECTIONS = 64
_MAX_SHOWN_CHARS = 200
# Nothing was computed: the service has no room, or this key has asked too often.
_BUSY_STATUSES = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})

_LOST_CONNECTION = (
    httpx2.ConnectError,
    httpx2.RemoteProtocolError,
    httpx2.ReadError,
    httpx2.WriteError,
)

_AnswerT = TypeVar("_AnswerT", bound=BaseModel)


class ClientError(Exception):
    """Anything that keeps the client from an answer."""


class ServerUnreachableError(ClientError):
    """No answer came; ``is_retryable`` tells whether the question can not have arrived."""

    def __init__(self, message: str, *, is_retryable: bool = False) -> None:
        super().__init__(message)
        self.is_retryable = is_retryable


class ApiError(ClientError):
    """The service said no; ``str(error)`` is its message."""

    def __init__(
        self,
        code: str,
        message: str,
        request_id: str,
        status: int,
        *,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(code, message, request_id, status)
        self.code = code
        self.message = message
        self.request_id = request_id
        self.status = status
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return self.message


class LeafrayClient:
    """One service; may be used from several threads, and as a context manager."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout: httpx2.Timeout = DEFAULT_TIMEOUT,
        attempts: int = _ATTEMPTS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Take the service's address and key; nothing is sent yet.

        Raises:
            ServerUnreachableError: the address is no http address.
            ClientError: the key has characters that no header can carry.
        """
        self._base_url = _check_url(base_url)
        self._attempts = attempts
        headers = {} if api_key is None else {"Authorization": f"Bearer {_check_key(api_key)}"}
        self._http = httpx2.Client(
            base_url=self._base_url,
            headers=headers,
            timeout=timeout,
            transport=transport,
            limits=httpx2.Limits(max_connections=_MAX_CONNECTIONS),
            # A proxy of the environment is not asked for this machine, nor shown our key.
            trust_env=not is_loopback(self._base_url),
        )

    @property
    def uploads(self) -> UploadCalls:
        """Calls that bring photographs to learn from."""
        return UploadCalls(self._ask, self._http.build_request)

    @property
    def loop(self) -> LoopCalls:
        """The learning loop: runs, models, datasets, feedback, history."""
        return LoopCalls(self._ask, self._http.build_request)

    def predict(
        self, image_bytes: bytes, top_k: int = 5, explain: bool = False
    ) -> PredictionResponse:
        """Diagnose one encoded photo.

        Raises:
            ServerUnreachableError: no answer came.
            ApiError: the service refuses the photo or the key, or is busy.
        """
        return self._ask(
            PredictionResponse,
            lambda: self._http.build_request(
                "POST",
                "/v1/predictions",
                params={"top_k": top_k, "explain": explain},
                content=image_bytes,
                headers={"Content-Type": "application/octet-stream"},
            ),
        )

    def predict_plant(self, photos: Sequence[bytes], top_k: int = 5) -> PredictionResponse:
        """Diagnose one plant from several encoded photos of it, at most ``schemas.MAX_IMAGES``.

        Raises:
            ServerUnreachableError, ApiError: as ``predict``.
        """
        parts = [BatchPhoto(name=f"{idx}", image_bytes=photo) for idx, photo in enumerate(photos)]
        return self._ask(
            PredictionResponse,
            lambda: self._http.build_request(
                "POST", "/v1/predictions", params={"top_k": top_k}, files=to_form(parts)
            ),
        )

    def predict_batch(
        self,
        photos: Sequence[BatchPhoto],
        top_k: int = 5,
        on_progress: OnProgress | None = None,
    ) -> tuple[BatchPrediction | BatchError, ...]:
        """Diagnose photos of different plants in one request; the results keep their order.

        At most ``schemas.MAX_BATCH_IMAGES`` photos, and as many bytes as the service takes.

        Raises:
            ServerUnreachableError, ApiError: as ``predict``, for the batch as a whole.
        """

        def build() -> httpx2.Request:
            request = self._http.build_request(
                "POST", "/v1/predictions/batch", params={"top_k": top_k}, files=to_form(photos)
            )
            if on_progress is not None:
                count_upload(request, on_progress)
            return request

        answer = self._ask(BatchResponse, build)
        if len(answer.results) != len(photos):
            raise ApiError(
                "unexpected_answer",
                f"The service answered {len(answer.results)} of {len(photos)} photos.",
                answer.request_id,
                HTTPStatus.OK,
            )
        return answer.results

    def get_model(self) -> ModelResponse:
        """Return which model answers; raises as ``predict`` does."""
        return self._ask(ModelResponse, lambda: self._http.build_request("GET", "/v1/model"))

    def get_readiness(self) -> ReadinessResponse:
        """Return that the service can predict; asks once and raises as ``predict`` does."""
        return self._ask(
            ReadinessResponse, lambda: self._http.build_request("GET", "/readyz"), attempts=1
        )

    def read_metrics(self) -> bytes:
        """Return the metrics of the node that answers, in Prometheus' text format.

        Asks once and raises as ``predict`` does.
        """
        response = self._send(self._http.build_request("GET", "/metrics"))
        if not response.is_success:
            raise _to_api_error(response)
        return response.content

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def _ask(
        self,
        answer_type: type[_AnswerT],
        build: Callable[[], httpx2.Request],
        *,
        attempts: int | None = None,
    ) -> _AnswerT:
        # A call that arrives twice does the same as once, so each may be asked again.
        for attempt in stamina.retry_context(
            on=get_backoff,
            attempts=attempts or self._attempts,
            timeout=30.0,
            wait_initial=0.1,
            wait_max=1.0,
            wait_jitter=0.1,
        ):
            with attempt:
                return _decode(self._send(build()), answer_type)
        raise AssertionError("the last attempt returns or raises")

    def _send(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return self._http.send(request)
        except _LOST_CONNECTION as error:
            raise ServerUnreachableError(
                f"No service answers at {self._base_url}.", is_retryable=True
            ) from error
        except httpx2.TimeoutException as error:
            raise ServerUnreachableError(
                f"The service at {self._base_url} did not answer in time."
            ) from error
        except httpx2.HTTPError as error:
            raise ServerUnreachableError(
                f"The service at {self._base_url} cannot be used ({type(error).__name__})."
            ) from error


def get_backoff(error: Exception) -> bool | float:
    """Return how long to wait before the next attempt; False: do not ask again."""
    if isinstance(error, ServerUnreachableError):
        return error.is_retryable
    if isinstance(error, ApiError) and error.status in _BUSY_STATUSES:
        if error.retry_after_s is None:
            return True
        return min(error.retry_after_s, _MAX_RETRY_AFTER_S)
    return False


def _decode(response: httpx2.Response, answer_type: type[_AnswerT]) -> _AnswerT:
    if not response.is_success:
        raise _to_api_error(response)
    try:
        return answer_type.model_validate_json(response.content)
    except ValidationError as error:
        raise ApiError(
            "unexpected_answer",
            f"{response.url.copy_with(query=None)} is no Leafray service of this version.",
            response.headers.get("x-request-id", ""),
            response.status_code,
        ) from error


def _to_api_error(response: httpx2.Response) -> ApiError:
    retry_after = response.headers.get("retry-after", "")
    try:
        body = ErrorBody.model_validate_json(response.content)
    except ValidationError:
        # Ray Serve and proxies answer for themselves in plain text.
        is_busy = response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        text = " ".join(response.text[:200].split())
        body = ErrorBody(
            code="busy" if is_busy else "unexpected_answer",
            message=f"The server answered {response.status_code}: {text or 'nothing more'}.",
            request_id=response.headers.get("x-request-id", ""),
        )
    return ApiError(
        body.code,
        body.message,
        body.request_id,
        response.status_code,
        retry_after_s=float(retry_after) if retry_after.isdecimal() else None,
    )


def _check_url(base_url: str) -> str:
    if not is_usable_url(base_url):
        shown = "What was given" if "@" in base_url else repr(base_url[:_MAX_SHOWN_CHARS])
        raise ServerUnreachableError(
            f"{shown} is no server address; write it like http://127.0.0.1:8000."
        )
    return base_url.rstrip("/")


def _check_key(api_key: str) -> str:
    if not is_usable_key(api_key):
        raise ClientError(
            "The API key must be one line of plain characters, no blank around it; copy it again."
        )
    return api_key
