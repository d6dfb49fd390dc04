"""The work behind a set of photos: look-ups, diagnoses, previews, the watched folder."""

import contextlib
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui.diagnose import events
from gui.diagnose.diagnosis import Diagnoser, DiagnosisError
from gui.diagnose.paths import find_photos
from gui.diagnose.pictures import Pictures
from gui.diagnose.state import DiagnoseState
from gui.kit.desk import Desk
from gui.kit.tabs import TabView
from gui.kit.words import as_sentence, say_crash
from gui.kit.workers import Repeater, Workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gui.diagnose.previews import Preview

logger = logging.getLogger(__name__)

# Two photos at a time: one is decoded while the other is with the model or the server.
_NUM_DIAGNOSIS_THREADS = 2
_NUM_SIDE_THREADS = 1
_WATCH_INTERVAL_S = 1.0


class PhotoWork:
    """Turns what is asked of a set of photos into jobs."""

    def __init__(self, desk: Desk[events.Event], diagnoser: Diagnoser, pictures: Pictures) -> None:
        """Take where answers go, what makes them, and where pictures are kept."""
        self._desk = desk
        self._diagnoser = diagnoser
        self._pictures = pictures
        self._state = DiagnoseState()
        # Read by workers, written here: lets them skip photos that nobody waits for any more.
        self._generation = self._state.generation
        self._diagnosis_workers = Workers(
            "diagnosis", num_threads=_NUM_DIAGNOSIS_THREADS, report_crash=desk.report_crash
        )
        self._side_workers = Workers(
            "side", num_threads=_NUM_SIDE_THREADS, report_crash=desk.report_crash
        )
        self._watch: Repeater | None = None

    def start(self) -> None:
        """Start the threads."""
        self._diagnosis_workers.start()
        self._side_workers.start()

    def close(self) -> None:
        """End the threads; a request under way is left behind."""
        if self._watch is not None:
            self._watch.close()
        self._diagnosis_workers.close()
        self._side_workers.close()

    def follow(
        self,
        event: events.Event | None,
        before: TabView[DiagnoseState],
        after: TabView[DiagnoseState],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for."""
        self._state = after.part
        old, new = before.part, after.part
        if new.lookup != old.lookup and isinstance(event, events.PathsRequested):
            self._side_workers.submit(partial(self._look_up, new.lookup, event.paths))
        if new.generation != old.generation:
            self._generation = new.generation
            self._pictures.clear()
            self._submit_photos(first_idx=0)
        elif len(new.photos) > len(old.photos):
            self._submit_photos(first_idx=len(old.photos))
        elif new.selected_idx != old.selected_idx:
            self._bring_preview()
        if new.compared_idx != old.compared_idx and new.compared_idx is not None:
            # Kept here, because other previews push it out of those that came last.
            self._pictures.compared = self._pictures.get_large(new.compared_idx)
        if new.watched_dir != old.watched_dir:
            self._watch_folder(new.watched_dir)

    def _submit_photos(self, *, first_idx: int) -> None:
        for photo_idx in range(first_idx, len(self._state.photos)):
            path = self._state.photos[photo_idx].path
            self._diagnosis_workers.submit(
                partial(self._diagnose, self._state.generation, photo_idx, path)
            )

    def _bring_preview(self) -> None:
        """Decode the selected photo again if its large preview was given up."""
        photo_idx, photo = self._state.selected_idx, self._state.selected
        if photo_idx is None or photo is None or not photo.status.is_terminal:
            return
        if photo.diagnosis is not None and self._pictures.get_large(photo_idx) is None:
            self._side_workers.submit(
                partial(self._prepare_again, self._state.generation, photo_idx, photo.path)
            )

    def _keep_preview(self, generation: int, photo_idx: int, preview: "Preview") -> None:
        if generation == self._state.generation:
            self._pictures.put(photo_idx, preview, shown_idx=self._state.selected_idx)

    def _watch_folder(self, folder: Path | None) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if folder is not None:
            from gui.diagnose.watch import FolderWatch

            watch = FolderWatch(folder, self._desk.post)
            self._watch = Repeater(
                "watch",
                watch.look,
                interval_s=_WATCH_INTERVAL_S,
                report_crash=self._desk.report_crash,
            )

    # From here on: on workers.

    def _look_up(self, lookup: int, paths: tuple[Path, ...]) -> None:
        found, problem = find_photos(paths)
        self._desk.post(events.PhotosFound(lookup=lookup, paths=found, problem=problem))

    def _diagnose(self, generation: int, photo_idx: int, path: Path) -> None:
        if generation != self._generation:
            return
        where = {"generation": generation, "photo_idx": photo_idx}
        self._desk.post(events.DiagnosisStarted(**where))
        from gui.diagnose.advice import find_advice
        from models.images import ImageError

        try:
            image_bytes, image = self._prepare(generation, photo_idx, path)
            diagnosis = self._diagnoser.diagnose(image_bytes, image)
            advice = find_advice(diagnosis)
        except (ImageError, DiagnosisError) as error:
            self._desk.post(events.DiagnosisFailed(**where, problem=as_sentence(str(error))))
        except Exception as error:
            # The photo must not wait for ever for a thread that failed.
            logger.exception("the diagnosis of a photo failed")
            self._desk.post(events.DiagnosisFailed(**where, problem=say_crash(error)))
        else:
            self._desk.post(events.DiagnosisFinished(**where, diagnosis=diagnosis, advice=advice))

    def _prepare(
        self, generation: int, photo_idx: int, path: Path
    ) -> "tuple[bytes, NDArray[np.uint8]]":
        from gui.diagnose.previews import create_preview
        from models.images import decode_image, read_image_bytes

        image_bytes = read_image_bytes(path)
        image = decode_image(image_bytes)
        preview = create_preview(image)
        self._desk.hand_over(partial(self._keep_preview, generation, photo_idx, preview))
        return image_bytes, image

    def _prepare_again(self, generation: int, photo_idx: int, path: Path) -> None:
        from models.images import ImageError

        if generation != self._generation:
            return
        # The photo may be gone since; its diagnosis stays on the screen.
        with contextlib.suppress(ImageError):
            self._prepare(generation, photo_idx, path)
