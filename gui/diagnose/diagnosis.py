"""Diagnosing one photo: by the server when it is there, else on this machine.

Runs on workers. ONNX Runtime, Pillow and the HTTP client are imported at first use: together they
would take longer than the window may take to its first frame.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from gui.diagnose.answers import Diagnosis, Origin
from gui.kit.server_status import ServerMode, ServerStatus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gui.diagnose.explanation import Explanation

TOP_K = 5
NUM_REFERENCES = 3

_AnswerT = TypeVar("_AnswerT")


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

    def diagnose_plant(
        self, photos: Sequence[bytes], images: "Sequence[NDArray[np.uint8]]"
    ) -> Diagnosis:
        """Diagnose one plant from several photos of it; raises as ``diagnose`` does."""
        ...

    def explain(
        self, image_bytes: bytes, image: "NDArray[np.uint8]", diagnosis: Diagnosis
    ) -> "Explanation":
        """Explain an answer for the photo, by whoever gave it if that can still be asked.

        Raises:
            DiagnosisError: no explanation is possible.
        """
        ...

    def check_server(self) -> ServerStatus:
        """Look whether the server can be used; takes seconds at most."""
        ...


class LocalDiagnoser(Protocol):
    """What ``FallbackDiagnoser`` needs of this machine's side."""

    def diagnose(self, image: "NDArray[np.uint8]") -> Diagnosis:
        """Diagnose on this machine.

        Raises:
            DiagnosisError: it cannot be done, or the image is refused.
        """
        ...

    def diagnose_plant(self, images: "Sequence[NDArray[np.uint8]]") -> Diagnosis:
        """Diagnose one plant from several photos of it; raises as ``diagnose`` does."""
        ...

    def explain(self, image: "NDArray[np.uint8]", class_name: str) -> "Explanation":
        """Explain what speaks for a class.

        Raises:
            DiagnosisError: it cannot be done, or the model does not know the class.
        """
        ...


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

    def diagnose_plant(self, photos: Sequence[bytes]) -> Diagnosis:
        """Diagnose one plant from several photos of it; raises as ``diagnose`` does."""
        ...

    def explain(
        self, image_bytes: bytes, image: "NDArray[np.uint8]", class_name: str
    ) -> "Explanation | None":
        """Explain what speaks for a class; None if the server names another one for the photo.

        Raises as ``diagnose`` does.
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
        laptop: LocalDiagnoser,
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
        answer = self._ask_server(lambda: self._server.diagnose(image_bytes))
        # The laptop takes it where the server is busy too; its answer says so.
        return answer or self._laptop.diagnose(image)

    def diagnose_plant(
        self, photos: Sequence[bytes], images: "Sequence[NDArray[np.uint8]]"
    ) -> Diagnosis:
        """Diagnose a plant by the server or here, as ``Diagnoser`` demands."""
        answer = self._ask_server(lambda: self._server.diagnose_plant(photos))
        return answer or self._laptop.diagnose_plant(images)

    def explain(
        self, image_bytes: bytes, image: "NDArray[np.uint8]", diagnosis: Diagnosis
    ) -> "Explanation":
        """Explain an answer, as ``Diagnoser`` demands; the laptop stands in for a lost server."""
        class_name = diagnosis.top[0].class_name
        explanation = None
        if diagnosis.origin is Origin.SERVER:
            explanation = self._ask_server(
                lambda: self._server.explain(image_bytes, image, class_name)
            )
        return explanation or self._laptop.explain(image, class_name)

    def check_server(self) -> ServerStatus:
        """Look at the server and use it from now on if it is there."""
        status = self._server.check()
        self._is_away = status.mode is not ServerMode.ONLINE
        return status

    def _ask_server(self, question: Callable[[], _AnswerT | None]) -> _AnswerT | None:
        """Return the server's answer; None where the laptop has to give one."""
        if self._is_away:
            return None
        try:
            return question()
        except ServerAwayError as away:
            self._is_away = True
            self._report(away.status)
        except ServerBusyError:
            pass
        return None
