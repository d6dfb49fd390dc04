"""The work behind heat maps: each is asked for once, by the photo on show, then what is alike."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from gui.diagnose import events, heat_events
from gui.diagnose.answers import Origin, Reference, Subject
from gui.diagnose.diagnosis import Diagnoser, DiagnosisError
from gui.diagnose.heat import HeatStatus
from gui.diagnose.pictures import Pictures
from gui.diagnose.reference_pictures import ReferencePictures
from gui.diagnose.state import DiagnoseState
from gui.kit.desk import Desk
from gui.kit.tabs import TabView
from gui.kit.words import as_sentence, say_crash
from gui.kit.workers import Workers

if TYPE_CHECKING:
    from gui.diagnose.explanation import Explanation

logger = logging.getLogger(__name__)


class HeatWork:
    """Explains the answer of the photo on show when the state asks for it."""

    def __init__(
        self,
        desk: Desk[events.Event],
        diagnoser: Diagnoser,
        pictures: Pictures,
        references: ReferencePictures,
    ) -> None:
        """Take where answers go, what makes them, where pictures are kept and photos found."""
        self._desk = desk
        self._diagnoser = diagnoser
        self._pictures = pictures
        self._references = references
        self._wanted: Subject | None = None
        self._workers = Workers("heat", num_threads=1, report_crash=desk.report_crash)

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
        """Ask for the heat map that has become due."""
        del event
        subject = after.part.heat.subject
        if subject == before.part.heat.subject:
            return
        # Read by the worker: a photo that was left meanwhile is skipped.
        self._wanted = subject
        if subject is None or after.part.heat.status is not HeatStatus.ASKED:
            return
        explanation = self._pictures.get_explanation(subject)
        if explanation is not None:
            self._tell(subject, explanation)
            self._workers.submit(partial(self._find_pictures, subject, explanation.references))
        else:
            self._workers.submit(partial(self._explain, subject))

    def _keep(self, subject: Subject, explanation: "Explanation") -> None:
        self._pictures.put_explanation(subject, explanation)

    def _tell(self, subject: Subject, explanation: "Explanation") -> None:
        self._desk.post(heat_events.HeatFound(subject=subject, references=explanation.references))

    # From here on: on the worker.

    def _explain(self, subject: Subject) -> None:
        from models.images import ImageError, decode_image, read_image_bytes

        if subject != self._wanted:
            return
        try:
            image_bytes = read_image_bytes(subject.path)
            image = decode_image(image_bytes)
            explanation = self._diagnoser.explain(image_bytes, image, subject.diagnosis)
        except (ImageError, DiagnosisError) as error:
            problem = as_sentence(str(error))
            self._desk.post(heat_events.HeatFailed(subject=subject, problem=problem))
        except Exception as error:
            # The photo must not wait for ever for a thread that failed.
            logger.exception("the explanation of an answer failed")
            self._desk.post(heat_events.HeatFailed(subject=subject, problem=say_crash(error)))
        else:
            self._desk.hand_over(partial(self._keep, subject, explanation))
            self._tell(subject, explanation)
            self._find_pictures(subject, explanation.references)

    def _find_pictures(self, subject: Subject, references: Sequence[Reference]) -> None:
        is_online = subject.diagnosis.origin is Origin.SERVER
        found = set()
        for sha256 in (item.sha256 for item in references if item.sha256 is not None):
            if subject != self._wanted:
                return
            thumbnail = self._references.find(sha256, is_online=is_online)
            if thumbnail is not None:
                self._desk.hand_over(partial(self._pictures.put_reference, sha256, thumbnail))
                found.add(sha256)
        if found:
            self._desk.post(heat_events.PicturesFound(subject=subject, pictured=frozenset(found)))
