"""Diagnosing through the HTTP service."""

import base64
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from gui.diagnose.answers import Diagnosis, Origin, Score
from gui.diagnose.diagnosis import (
    NUM_REFERENCES,
    TOP_K,
    DiagnosisError,
    ServerAwayError,
    ServerBusyError,
)
from gui.kit.connection import Connection
from gui.kit.server_status import ServerStatus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gui.diagnose.explanation import Explanation
    from serve_app.client import LeafrayClient
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
        started_s = time.perf_counter()
        answer = self._ask(lambda client: client.predict(image_bytes, top_k=TOP_K))
        return _to_diagnosis(answer, latency_ms=1000 * (time.perf_counter() - started_s))

    def diagnose_plant(self, photos: Sequence[bytes]) -> Diagnosis:
        """Diagnose one plant from several photos of it; raises as ``diagnose`` does."""
        started_s = time.perf_counter()
        answer = self._ask(lambda client: client.predict_plant(photos, top_k=TOP_K))
        return _to_diagnosis(answer, latency_ms=1000 * (time.perf_counter() - started_s))

    def explain(
        self, image_bytes: bytes, image: "NDArray[np.uint8]", class_name: str
    ) -> "Explanation | None":
        """Explain what speaks for a class; None if the server names another one for the photo.

        Raises as ``diagnose`` does.
        """
        from gui.diagnose.explanation import Explanation, sharpen_heat, to_reference
        from gui.diagnose.previews import create_preview
        from models.images import ImageError, decode_image

        answer = self._ask(lambda client: client.predict(image_bytes, top_k=1, explain=True))
        if answer.predictions[0].class_name != class_name:
            return None
        try:
            heat_map = decode_image(base64.b64decode(answer.heatmap_png or ""))
        except (ImageError, ValueError) as error:
            raise DiagnosisError("the server sent no heat map that can be shown") from error
        return Explanation(
            heat=sharpen_heat(create_preview(image).large, image, heat_map),
            references=tuple(
                to_reference(near.class_name, near.similarity, near.sha256)
                for near in answer.nearest[:NUM_REFERENCES]
            ),
        )

    def check(self) -> ServerStatus:
        """Look at the server; never raises."""
        return self._connection.check()

    def _ask(
        self, question: "Callable[[LeafrayClient], PredictionResponse]"
    ) -> "PredictionResponse":
        from serve_app.client import ApiError, ClientError
        from serve_app.key_file import KeyFileUnusableError

        try:
            return question(self._connection.get_client())
        except ApiError as error:
            if error.status in _PHOTO_STATUSES:
                raise DiagnosisError(error.message) from error
            if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise ServerBusyError(error.message) from error
            raise ServerAwayError(self._connection.to_status(error)) from error
        except (ClientError, KeyFileUnusableError) as error:
            raise ServerAwayError(self._connection.to_status(error)) from error


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
        request_id=answer.request_id,
    )
