"""Diagnosing through the HTTP service, and looking whether it is there."""

import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from gui.answers import Diagnosis, Origin, Score, ServerMode, ServerStatus
from gui.api_key import find_key_path
from gui.diagnosis import TOP_K, DiagnosisError, ServerAwayError, ServerBusyError

if TYPE_CHECKING:
    from serve_app.client import LeafrayClient
    from serve_app.schemas import PredictionResponse

_START_IT = "Start it with make run, or name another one with --server URL."
_NAME_KEY = "Name the file that holds your key with --key-file PATH."
_KEY_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# The photo itself is refused: another attempt, there or on the laptop, would end alike.
_PHOTO_STATUSES = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class HttpDiagnoser:
    """The service at ``url``; its client is made at first use and again when the key changes."""

    def __init__(self, url: str, *, key_path: Path | None = None) -> None:
        """Take the base URL, and the file of the key (None: the installation's own)."""
        self._url = url
        self._key_path = key_path
        self._client: LeafrayClient | None = None
        self._key: str | None = None
        self._lock = threading.Lock()

    def diagnose(self, image_bytes: bytes) -> Diagnosis:
        """Diagnose one photo.

        Raises:
            DiagnosisError: the server refuses this photo.
            ServerBusyError: the server has no room for it just now.
            ServerAwayError: the server cannot be used.
        """
        from serve_app.client import ApiError, ClientError
        from serve_app.key_file import KeyFileUnusableError

        started_s = time.perf_counter()
        try:
            answer = self._connect().predict(image_bytes, top_k=TOP_K)
        except ApiError as error:
            if error.status in _PHOTO_STATUSES:
                raise DiagnosisError(error.message) from error
            if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise ServerBusyError(error.message) from error
            raise ServerAwayError(self._to_status(error)) from error
        except (ClientError, KeyFileUnusableError) as error:
            raise ServerAwayError(self._to_status(error)) from error
        return _to_diagnosis(answer, latency_ms=1000 * (time.perf_counter() - started_s))

    def check(self) -> ServerStatus:
        """Look at the server; never raises."""
        from serve_app.client import ClientError
        from serve_app.key_file import KeyFileUnusableError

        try:
            model = self._connect().get_model()
        except (ClientError, KeyFileUnusableError) as error:
            return self._to_status(error)
        return ServerStatus(
            mode=ServerMode.ONLINE, url=self._url, model_version=model.model_version
        )

    def _connect(self) -> "LeafrayClient":
        from serve_app.client import LeafrayClient
        from serve_app.key_file import load_secret

        with self._lock:
            # Looked for each time: the first start of the service makes the key.
            key_path = find_key_path(self._url, self._key_path)
            key = load_secret(key_path) if key_path else None
            if self._client is None or key != self._key:
                # One attempt: the laptop answers sooner than a second one. The client before is
                # not closed, because another thread may be in the middle of a request.
                self._client = LeafrayClient(self._url, key, attempts=1)
                self._key = key
            return self._client

    def _to_status(self, error: Exception) -> ServerStatus:
        from serve_app.client import ApiError
        from serve_app.key_file import KeyFileUnusableError

        is_key_problem = isinstance(error, KeyFileUnusableError) or (
            isinstance(error, ApiError) and error.status in _KEY_STATUSES
        )
        return ServerStatus(
            mode=ServerMode.REFUSING if is_key_problem else ServerMode.OFFLINE,
            url=self._url,
            advice=f"{error} {_NAME_KEY if is_key_problem else _START_IT}",
        )


def _to_diagnosis(answer: "PredictionResponse", *, latency_ms: float) -> Diagnosis:
    refusal = answer.refusal
    return Diagnosis(
        top=tuple(
            Score(
                class_name=item.class_name,
                display_name=item.display_name,
                probability=item.probability,
            )
            for item in answer.predictions
        ),
        plausible=answer.plausible,
        is_known=answer.is_known,
        refusal_code=refusal.code if refusal else None,
        refusal_reason=refusal.reason if refusal else None,
        model_version=answer.model_version,
        latency_ms=latency_ms,
        origin=Origin.SERVER,
    )
