"""One window's work: holds the state, turns events into jobs, and jobs' answers into events.

Knows nothing of Dear PyGui: the window calls ``collect`` once a frame, tests call it in a loop.
All methods belong to one thread; only ``post`` may be called from any.
"""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui import events
from gui.answers import ServerStatus
from gui.diagnosis import Diagnoser, DiagnosisError
from gui.paths import find_photos
from gui.state import AppState, update
from gui.words import as_sentence
from gui.workers import Inbox, Repeater, Workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gui.previews import Preview, PreviewCache

logger = logging.getLogger(__name__)

# Two photos at a time: one is decoded while the other is with the model or the server.
_NUM_DIAGNOSIS_THREADS = 2
_NUM_SIDE_THREADS = 1
_CHECK_INTERVAL_S = 5.0
_WATCH_INTERVAL_S = 1.0
_MAX_ITEMS_A_FRAME = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreviewReady:
    """A photo made small for the screen; no event, because arrays are not part of the state."""

    generation: int
    photo_idx: int
    preview: "Preview"


class Session:
    """The state and the work behind it."""

    def __init__(
        self,
        state: AppState,
        create_diagnoser: Callable[[Callable[[ServerStatus], None]], Diagnoser],
    ) -> None:
        """Take the first state, and what makes the diagnoser from a sink for server states."""
        self.state = state
        self.inbox: Inbox[events.Event | PreviewReady] = Inbox()
        self._diagnoser = create_diagnoser(self._report_server)
        self._previews: PreviewCache | None = None
        # Read by workers, written here: lets them skip photos that nobody waits for any more.
        self._generation = state.generation
        self._diagnosis_workers: Workers | None = None
        self._side_workers: Workers | None = None
        self._server_check: Repeater | None = None
        self._watch: Repeater | None = None

    def start(self) -> None:
        """Start the threads and the look at the server; apart, so that the window comes first."""
        self._diagnosis_workers = Workers(
            "diagnosis", num_threads=_NUM_DIAGNOSIS_THREADS, report_crash=self._report_crash
        )
        self._side_workers = Workers(
            "side", num_threads=_NUM_SIDE_THREADS, report_crash=self._report_crash
        )
        self._server_check = Repeater(
            "server-check",
            self._check_server,
            interval_s=_CHECK_INTERVAL_S,
            report_crash=self._report_crash,
        )

    def close(self) -> None:
        """End the threads; a request under way is left behind."""
        self.inbox.set_wake(None)
        for part in (self._server_check, self._watch, self._diagnosis_workers, self._side_workers):
            if part is not None:
                part.close()

    def post(self, event: events.Event) -> None:
        """Hand an event over, from any thread."""
        self.inbox.put(event)

    def collect(self) -> bool:
        """Take in what has come since the last call; True if anything did."""
        items = self.inbox.drain(_MAX_ITEMS_A_FRAME)
        for item in items:
            if isinstance(item, PreviewReady):
                self._keep_preview(item)
            else:
                self._apply(item)
        return bool(items)

    def get_large(self, photo_idx: int) -> "NDArray[np.uint8] | None":
        """Return the photo for the screen, (H, W, 3) uint8, if it is at hand."""
        return self._previews.get_large(photo_idx) if self._previews else None

    def get_thumbnail(self, photo_idx: int) -> "NDArray[np.uint8] | None":
        """Return the photo's thumbnail, (H, W, 3) uint8, if it was decoded."""
        return self._previews.get_thumbnail(photo_idx) if self._previews else None

    def _apply(self, event: events.Event) -> None:
        before, after = self.state, update(self.state, event)
        self.state = after
        if after.lookup != before.lookup and isinstance(event, events.PathsRequested):
            self._submit_side(partial(self._look_up, after.lookup, event.paths))
        if after.generation != before.generation:
            self._generation = after.generation
            if self._previews is not None:
                self._previews.clear()
            self._submit_photos(first_idx=0)
        elif len(after.photos) > len(before.photos):
            self._submit_photos(first_idx=len(before.photos))
        elif after.selected_idx != before.selected_idx:
            self._bring_preview()
        if after.watched_dir != before.watched_dir:
            self._follow(after.watched_dir)

    def _submit_photos(self, *, first_idx: int) -> None:
        if self._diagnosis_workers is None:
            return
        for photo_idx in range(first_idx, len(self.state.photos)):
            path = self.state.photos[photo_idx].path
            self._diagnosis_workers.submit(
                partial(self._diagnose, self.state.generation, photo_idx, path)
            )

    def _submit_side(self, job: Callable[[], None]) -> None:
        if self._side_workers is not None:
            self._side_workers.submit(job)

    def _bring_preview(self) -> None:
        """Decode the selected photo again if its large preview was given up."""
        photo_idx, photo = self.state.selected_idx, self.state.selected
        if photo_idx is None or photo is None or not photo.status.is_terminal:
            return
        if photo.diagnosis is not None and self.get_large(photo_idx) is None:
            self._submit_side(
                partial(self._prepare_again, self.state.generation, photo_idx, photo.path)
            )

    def _keep_preview(self, ready: PreviewReady) -> None:
        if ready.generation != self.state.generation:
            return
        if self._previews is None:
            from gui.previews import PreviewCache

            self._previews = PreviewCache()
        self._previews.put(ready.photo_idx, ready.preview, shown_idx=self.state.selected_idx)

    def _follow(self, folder: Path | None) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if folder is not None:
            from gui.watch import FolderWatch

            watch = FolderWatch(folder, self.post)
            self._watch = Repeater(
                "watch", watch.look, interval_s=_WATCH_INTERVAL_S, report_crash=self._report_crash
            )

    # From here on: on workers.

    def _look_up(self, lookup: int, paths: tuple[Path, ...]) -> None:
        found, problem = find_photos(paths)
        self.post(events.PhotosFound(lookup=lookup, paths=found, problem=problem))

    def _diagnose(self, generation: int, photo_idx: int, path: Path) -> None:
        if generation != self._generation:
            return
        where = {"generation": generation, "photo_idx": photo_idx}
        self.post(events.DiagnosisStarted(**where))
        from gui.advice import find_advice
        from models.images import ImageError

        try:
            image_bytes, image = self._prepare(generation, photo_idx, path)
            diagnosis = self._diagnoser.diagnose(image_bytes, image)
            advice = find_advice(diagnosis)
        except (ImageError, DiagnosisError) as error:
            self.post(events.DiagnosisFailed(**where, problem=as_sentence(str(error))))
        except Exception as error:
            # The photo must not wait for ever for a thread that failed.
            logger.exception("the diagnosis of a photo failed")
            self.post(events.DiagnosisFailed(**where, problem=_say_crash(error)))
        else:
            self.post(events.DiagnosisFinished(**where, diagnosis=diagnosis, advice=advice))

    def _prepare(
        self, generation: int, photo_idx: int, path: Path
    ) -> "tuple[bytes, NDArray[np.uint8]]":
        from gui.previews import create_preview
        from models.images import decode_image, read_image_bytes

        image_bytes = read_image_bytes(path)
        image = decode_image(image_bytes)
        self.inbox.put(
            PreviewReady(generation=generation, photo_idx=photo_idx, preview=create_preview(image))
        )
        return image_bytes, image

    def _prepare_again(self, generation: int, photo_idx: int, path: Path) -> None:
        from models.images import ImageError

        if generation != self._generation:
            return
        # The photo may be gone since; its diagnosis stays on the screen.
        with contextlib.suppress(ImageError):
            self._prepare(generation, photo_idx, path)

    def _check_server(self) -> None:
        self._report_server(self._diagnoser.check_server())

    def _report_server(self, status: ServerStatus) -> None:
        if status != self.state.server:
            self.post(events.ServerReported(status=status))

    def _report_crash(self, error: Exception) -> None:
        self.post(events.ProblemReported(problem=_say_crash(error)))


def _say_crash(error: Exception) -> str:
    return (
        f"Something went wrong inside Leafray ({type(error).__name__}: {str(error)[:160]}). "
        "Try again; if it stays, report it with the lines in the terminal."
    )
