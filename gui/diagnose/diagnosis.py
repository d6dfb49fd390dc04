"""Diagnosing one photo: by the server when it is there, else on this machine.

Runs on workers. ONNX Runtime, Pillow and the HTTP client are imported at first use: together they
would take longer than the window may take to its first frame.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gui.diagnose.answers import Diagnosis, Origin, Score
from gui.kit.server_status import ServerMode, ServerStatus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.predictor import Predictor

TOP_K = 5


class DiagnosisError(Exception):
    """A photo that gets no diagnosis; the message says why and what to do next."""


class ServerAwayError(Exception):
    """The server cannot answer now; ``status`` is what to show of it."""

    def __init__(self, status: ServerStatus) -> None:
        """Take what to show of the server."""
        super().__init__(status.mode.value)
        self.status = status


class ServerBusyError(Exception):
    """The server has no room for this photo; the next one may be asked again."""


class Diagnoser(Protocol):
    """What the window needs of a diagnosing part; called from several threads at once."""

    def diagnose(self, image_bytes: bytes, image: "NDArray[np.uint8]") -> Diagnosis:
        """Diagnose a photo, given as its file's bytes and decoded to (H, W, 3) RGB.

        Raises:
            DiagnosisError: no diagnosis is possible.
        """
        ...

    def check_server(self) -> ServerStatus:
        """Look whether the server can be used; takes seconds at most."""
        ...


class LaptopDiagnoser:
    """Diagnoses with an artifact (None: the bundled champion), loaded at the first photo."""

    def __init__(self, artifact_dir: Path | None = None) -> None:
        """Take the artifact's directory; nothing is read yet."""
        self._artifact_dir = artifact_dir
        self._predictor: Predictor | None = None
        self._lock = threading.Lock()

    def diagnose(self, image: "NDArray[np.uint8]") -> Diagnosis:
        """Diagnose on this machine.

        Raises:
            DiagnosisError: the artifact is missing or damaged, or the image is refused.
        """
        from models.images import ImageError

        predictor = self._load()
        started_s = time.perf_counter()
        try:
            prediction = predictor.predict_image(image, top_k=TOP_K)
        except ImageError as error:
            raise DiagnosisError(error.message) from error
        refusal = prediction.refusal
        return Diagnosis(
            top=tuple(
                Score(
                    class_name=item.class_name,
                    display_name=item.display_name,
                    probability=item.probability,
                )
                for item in prediction.top
            ),
            plausible=tuple(prediction.plausible),
            is_known=prediction.is_known,
            refusal_code=refusal.code if refusal else None,
            refusal_reason=refusal.reason if refusal else None,
            model_version=prediction.model_version,
            latency_ms=1000 * (time.perf_counter() - started_s),
            origin=Origin.LAPTOP,
        )

    def _load(self) -> "Predictor":
        from models.artifact import CHAMPION_DIR, ArtifactError
        from models.predictor import Predictor

        with self._lock:
            if self._predictor is None:
                try:
                    self._predictor = Predictor.load(self._artifact_dir or CHAMPION_DIR)
                except ArtifactError as error:
                    raise DiagnosisError(str(error)) from error
            return self._predictor


class ServerDiagnoser(Protocol):
    """What ``FallbackDiagnoser`` needs of the server's side."""

    def diagnose(self, image_bytes: bytes) -> Diagnosis:
        """Diagnose by HTTP.

        Raises:
            DiagnosisError: the server refuses this photo.
            ServerBusyError: the server has no room for it just now.
            ServerAwayError: the server cannot be used.
        """
        ...

    def check(self) -> ServerStatus:
        """Look at the server; never raises."""
        ...


class FallbackDiagnoser:
    """The server while it answers, else the laptop; a lost server is told to ``report``.

    Only ``check_server`` brings a lost server back, so that a folder of photos does not wait for
    a dead server once a photo.
    """

    def __init__(
        self,
        server: ServerDiagnoser,
        laptop: LaptopDiagnoser,
        *,
        report: Callable[[ServerStatus], None],
    ) -> None:
        """Take both sides, and whom to tell of a lost server."""
        self._server = server
        self._laptop = laptop
        self._report = report
        self._is_away = False

    def diagnose(self, image_bytes: bytes, image: "NDArray[np.uint8]") -> Diagnosis:
        """Diagnose by the server or here, as ``Diagnoser`` demands."""
        if not self._is_away:
            try:
                return self._server.diagnose(image_bytes)
            except ServerAwayError as away:
                self._is_away = True
                self._report(away.status)
            except ServerBusyError:
                # The laptop takes this one; its answer says so.
                return self._laptop.diagnose(image)
        return self._laptop.diagnose(image)

    def check_server(self) -> ServerStatus:
        """Look at the server and use it from now on if it is there."""
        status = self._server.check()
        self._is_away = status.mode is not ServerMode.ONLINE
        return status
