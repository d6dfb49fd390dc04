"""Diagnosing through the HTTP service."""

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from gui.diagnose.answers import Diagnosis, Origin, Score
from gui.diagnose.diagnosis import TOP_K, DiagnosisError, ServerAwayError, ServerBusyError
from gui.kit.connection import Connection
from gui.kit.server_status import ServerStatus

if TYPE_CHECKING:
    from serve_app.schemas import PredictionResponse

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
    """Diagnoses by the service of a connection."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection; nothing is asked yet."""
        self._connection = connection

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
            answer = self._connection.get_client().predict(image_bytes, top_k=TOP_K)
        except ApiError as error:
            if error.status in _PHOTO_STATUSES:
                raise DiagnosisError(error.message) from error
            if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise ServerBusyError(error.message) from error
            raise ServerAwayError(self._connection.to_status(error)) from error
        except (ClientError, KeyFileUnusableError) as error:
            raise ServerAwayError(self._connection.to_status(error)) from error
        return _to_diagnosis(answer, latency_ms=1000 * (time.perf_counter() - started_s))

    def check(self) -> ServerStatus:
        """Look at the server; never raises."""
        return self._connection.check()


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
