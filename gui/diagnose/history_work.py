"""The work behind the history: remembers answers, finds them again, shows one once more."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui.diagnose import events, history_events
from gui.diagnose.history import PAGE_SIZE, History
from gui.diagnose.history_events import Entry
from gui.diagnose.history_file import HistoryFile, HistoryUnusableError
from gui.diagnose.photos import Photo
from gui.diagnose.pictures import Pictures
from gui.diagnose.state import DiagnoseState
from gui.diagnose.words import say_entry
from gui.kit.desk import Desk
from gui.kit.tabs import TabView
from gui.kit.words import as_sentence
from gui.kit.workers import Workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_JPEG_QUALITY = 85


class HistoryWork:
    """Keeps the history in a file; all of it happens on one thread, in order."""

    def __init__(self, desk: Desk[events.Event], pictures: Pictures, path: Path) -> None:
        """Take where answers go, where pictures are kept, and the file."""
        self._desk = desk
        self._pictures = pictures
        self._file = HistoryFile(path)
        self._exhibit_number = 0
        self._workers = Workers("history", num_threads=1, report_crash=desk.report_crash)

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
        """Remember an answer that has come, and find what is asked for."""
        old, new = before.part, after.part
        if isinstance(event, events.DiagnosisFinished) and new.photos != old.photos:
            self._remember(new.photos[event.photo_idx], event.photo_idx)
        if isinstance(event, history_events.HistoryCleared):
            self._workers.submit(partial(self._change, self._file.clear))
        if new.history.request != old.history.request:
            self._workers.submit(partial(self._find, new.history))
        if new.exhibit is not None and new.num_exhibits != old.num_exhibits:
            self._exhibit_number = new.num_exhibits
            if new.exhibit.entry is not None:
                self._pictures.exhibit = None
                self._workers.submit(partial(self._prepare, new.num_exhibits, new.exhibit.entry))

    def _remember(self, photo: Photo, photo_idx: int) -> None:
        thumbnail = self._pictures.get_thumbnail(photo_idx)
        self._workers.submit(partial(self._add, photo, datetime.now(UTC), thumbnail))

    def _keep_thumbnails(self, thumbnails: "dict[int, NDArray[np.uint8]]") -> None:
        self._pictures.history_thumbnails = thumbnails

    def _keep_exhibit(self, number: int, entry_id: int, large: "NDArray[np.uint8] | None") -> None:
        if number == self._exhibit_number:
            # Of a photo that is gone the thumbnail is left.
            thumbnail = self._pictures.history_thumbnails.get(entry_id)
            self._pictures.exhibit = thumbnail if large is None else large

    # From here on: on the worker.

    def _add(self, photo: Photo, at: datetime, thumbnail: "NDArray[np.uint8] | None") -> None:
        jpeg = None if thumbnail is None else _to_jpeg(thumbnail)
        self._change(partial(self._file.add, photo, say_entry(photo), at, jpeg))

    def _change(self, change: Callable[[], None]) -> None:
        try:
            change()
        except HistoryUnusableError as error:
            self._desk.post(history_events.HistoryFailed(problem=str(error)))
        else:
            self._desk.post(history_events.HistoryChanged())

    def _find(self, history: History) -> None:
        offset = history.page * PAGE_SIZE
        try:
            stored, num_found = self._file.find(history.text, offset=offset, limit=PAGE_SIZE)
        except HistoryUnusableError as error:
            self._desk.post(history_events.HistoryFailed(problem=str(error)))
            return
        decoded = {item.entry.entry_id: _from_jpeg(item.thumbnail) for item in stored}
        thumbnails = {idx: image for idx, image in decoded.items() if image is not None}
        self._desk.hand_over(partial(self._keep_thumbnails, thumbnails))
        self._desk.post(
            history_events.HistoryFound(
                request=history.request,
                entries=tuple(item.entry for item in stored),
                num_found=num_found,
            )
        )

    def _prepare(self, number: int, entry: Entry) -> None:
        from gui.diagnose.advice import find_advice
        from gui.diagnose.previews import create_preview
        from models.images import ImageError, decode_image, read_image_bytes

        advice = find_advice(entry.diagnosis)
        large = problem = None
        try:
            large = create_preview(decode_image(read_image_bytes(entry.path))).large
        except ImageError as error:
            problem = as_sentence(str(error))
        self._desk.hand_over(partial(self._keep_exhibit, number, entry.entry_id, large))
        self._desk.post(events.ExhibitPrepared(number=number, advice=advice, problem=problem))


def _to_jpeg(image: "NDArray[np.uint8]") -> bytes:
    from PIL import Image

    jpeg = io.BytesIO()
    Image.fromarray(image).save(jpeg, format="JPEG", quality=_JPEG_QUALITY)
    return jpeg.getvalue()


def _from_jpeg(jpeg: bytes | None) -> "NDArray[np.uint8] | None":
    """Return a thumbnail; None for what is no thumbnail of ours, which would not fit its place."""
    from gui.diagnose.previews import THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX
    from models.images import ImageError, decode_image

    try:
        image = decode_image(jpeg or b"")
    except ImageError:
        return None
    return image if image.shape[:2] == (THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX) else None
