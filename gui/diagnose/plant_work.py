"""The work behind a plant of several photos: one answer for all of them."""

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui.diagnose import events, plant_events
from gui.diagnose.diagnosis import Diagnoser, DiagnosisError
from gui.diagnose.pictures import Pictures
from gui.diagnose.state import DiagnoseState
from gui.kit.desk import Desk
from gui.kit.tabs import TabView
from gui.kit.words import as_sentence, say_crash
from gui.kit.workers import Workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)


class PlantWork:
    """Diagnoses the marked photos together when the state asks for it."""

    def __init__(self, desk: Desk[events.Event], diagnoser: Diagnoser, pictures: Pictures) -> None:
        """Take where answers go, what makes them, and where pictures are kept."""
        self._desk = desk
        self._diagnoser = diagnoser
        self._pictures = pictures
        self._number = 0
        self._workers = Workers("plant", num_threads=1, report_crash=desk.report_crash)

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
        """Diagnose the plant that has been asked for."""
        del event
        exhibit = after.part.exhibit
        if after.part.num_exhibits == before.part.num_exhibits or exhibit is None:
            return
        self._number = exhibit.number
        if exhibit.paths:
            self._pictures.exhibit = None
            self._workers.submit(partial(self._diagnose, exhibit.number, exhibit.paths))

    def _keep(self, number: int, large: "NDArray[np.uint8]") -> None:
        if number == self._number:
            self._pictures.exhibit = large

    # From here on: on the worker.

    def _diagnose(self, number: int, paths: tuple[Path, ...]) -> None:
        from gui.diagnose.advice import find_advice
        from gui.diagnose.previews import create_preview
        from models.images import ImageError, decode_image, read_image_bytes

        if number != self._number:
            return
        path = paths[0]
        try:
            photos, images = [], []
            for path in paths:
                photos.append(read_image_bytes(path))
                images.append(decode_image(photos[-1]))
            self._desk.hand_over(partial(self._keep, number, create_preview(images[0]).large))
            diagnosis = self._diagnoser.diagnose_plant(photos, images)
            advice = find_advice(diagnosis)
        except ImageError as error:
            self._fail(number, f"{path.name}: {as_sentence(str(error))} Take its mark away (M).")
        except DiagnosisError as error:
            self._fail(number, as_sentence(str(error)))
        except Exception as error:
            # The user must not wait for ever for a thread that failed.
            logger.exception("the diagnosis of a plant failed")
            self._fail(number, say_crash(error))
        else:
            self._desk.post(
                plant_events.PlantDiagnosed(number=number, diagnosis=diagnosis, advice=advice)
            )

    def _fail(self, number: int, problem: str) -> None:
        self._desk.post(plant_events.PlantFailed(number=number, problem=problem))
