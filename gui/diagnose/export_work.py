"""The work behind saving a set: a table for a spreadsheet, a report for the printer."""

import base64
import io
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from gui.diagnose import events, export_events
from gui.diagnose.answers import Diagnosis
from gui.diagnose.export_events import ExportKind
from gui.diagnose.photos import Photo
from gui.diagnose.report_csv import to_csv
from gui.diagnose.report_html import Guidance, render_head, render_photo, render_tail
from gui.diagnose.state import DiagnoseState
from gui.kit.desk import Desk
from gui.kit.tabs import TabView
from gui.kit.words import say_crash
from gui.kit.workers import Workers

logger = logging.getLogger(__name__)

# Printed 24 mm wide it has 250 dots an inch; 300 photos make a file of about 6 MB.
_IMAGE_SIDE_PX = 240
_JPEG_QUALITY = 80
_PROGRESS_STEP = 10
_MAX_NAMES = 100


class ExportWork:
    """Writes one file at a time."""

    def __init__(self, desk: Desk[events.Event]) -> None:
        """Take where to tell of it."""
        self._desk = desk
        self._is_closing = False
        self._workers = Workers("export", num_threads=1, report_crash=desk.report_crash)

    def start(self) -> None:
        """Start the thread."""
        self._workers.start()

    def close(self) -> None:
        """End the thread; a file that is half written is not kept."""
        self._is_closing = True
        self._workers.close()

    def follow(
        self,
        event: events.Event | None,
        before: TabView[DiagnoseState],
        after: TabView[DiagnoseState],
    ) -> None:
        """Begin the file that was asked for."""
        is_new = after.part.export.number != before.part.export.number
        if is_new and isinstance(event, export_events.ExportRequested):
            self._workers.submit(partial(self._export, event.kind, event.path, after.part.photos))

    # From here on: on the worker.

    def _export(self, kind: ExportKind, path: Path, photos: tuple[Photo, ...]) -> None:
        try:
            parts = iter([to_csv(photos)]) if kind is ExportKind.CSV else self._render(photos)
            saved_path = write_new(path, kind.value, parts)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problem = f"Nothing was saved in {path.parent} ({reason}). Choose another folder."
            self._desk.post(export_events.ExportFailed(problem=problem))
        except Exception as error:
            logger.exception("saving a set failed")
            self._desk.post(export_events.ExportFailed(problem=say_crash(error)))
        else:
            self._desk.post(export_events.ExportFinished(path=saved_path))

    def _render(self, photos: Sequence[Photo]) -> Iterator[str]:
        yield render_head(photos, datetime.now().astimezone())
        for idx, photo in enumerate(photos):
            if self._is_closing:
                raise InterruptedError(4, "the window was closed")
            yield render_photo(photo, load_image_uri(photo.path))
            if (idx + 1) % _PROGRESS_STEP == 0:
                self._desk.post(export_events.ExportProgressed(num_written=idx + 1))
        yield from render_tail(find_guidances(photos))


def write_new(path: Path, suffix: str, parts: Iterator[str]) -> Path:
    """Write a file whole or not at all; one that is there keeps its name, ours gets a number.

    Returns:
        Where it lies.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    if path.suffix.lower() != suffix:
        path = path.with_name(path.name + suffix)
    names = (path, *(path.with_stem(f"{path.stem} ({n})") for n in range(2, _MAX_NAMES)))
    free_path = next((name for name in names if not name.exists()), None)
    if free_path is None:
        raise FileExistsError(17, f"there are {_MAX_NAMES} files of that name", str(path))
    handle, draft = tempfile.mkstemp(prefix=".leafray-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
        Path(draft).chmod(0o644)
        Path(draft).replace(free_path)
    finally:
        Path(draft).unlink(missing_ok=True)
    return free_path


def load_image_uri(path: Path) -> str | None:
    """Return the photo, small, as an address that holds it; None if it cannot be read."""
    from PIL import Image

    from models.images import ImageError, decode_image, read_image_bytes

    try:
        image = Image.fromarray(decode_image(read_image_bytes(path)))
    except ImageError:
        return None
    image.thumbnail((_IMAGE_SIDE_PX, _IMAGE_SIDE_PX))
    jpeg = io.BytesIO()
    image.save(jpeg, format="JPEG", quality=_JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.getvalue()).decode('ascii')}"


def find_guidances(photos: Sequence[Photo]) -> tuple[Guidance, ...]:
    """Return what to do about each known condition, by its surest photo, and about the rest."""
    from gui.diagnose.advice import find_advice

    surest: dict[str, Diagnosis] = {}
    for photo in photos:
        if photo.diagnosis is None:
            continue
        is_known = photo.diagnosis.is_known
        name = photo.diagnosis.top[0].display_name if is_known else "Leaves that I do not know"
        best = surest.setdefault(name, photo.diagnosis)
        if photo.diagnosis.top[0].probability > best.top[0].probability:
            surest[name] = photo.diagnosis
    found = ((name, find_advice(diagnosis)) for name, diagnosis in sorted(surest.items()))
    return tuple(Guidance(condition=name, advice=advice) for name, advice in found if advice)
