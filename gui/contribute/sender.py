"""Sends the photographs of a source, a few at a time: can be stopped between any two requests.

What the server has already is not sent again, by its content's hash; so a stop, a lost connection
and a closed window all go on in the same way.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from gui.contribute.answers import to_upload
from gui.contribute.sources import SourceFile, open_source
from gui.contribute.speed import Speedometer
from gui.contribute.values import LocalPhoto, Transfer, Upload
from models.labels import UnknownLabelError, find_label, get_label
from serve_app.batch_form import split_batches
from serve_app.client import ApiError, LeafrayClient, ServerUnreachableError
from serve_app.upload_client import UploadCalls, UploadFile

# Small requests: a pause is felt at once, and the bar moves on a poor connection too.
_FILES_PER_REQUEST = 16
_BYTES_PER_REQUEST = 1024 * 1024
_ATTEMPTS = 3
_WAIT_S = 1.0


class SourceChangedError(Exception):
    """A photograph is not there any more, or is another one; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is to be sent, and into which upload; None makes one."""

    source: Path
    labels_path: Path | None
    photos: tuple[LocalPhoto, ...]
    upload_id: str | None


def send(
    client: LeafrayClient,
    parcel: Parcel,
    *,
    is_stopped: threading.Event,
    on_begun: Callable[[Upload], None],
    on_progress: Callable[[Transfer], None],
) -> Upload | None:
    """Send what the server does not have yet; return the upload, None if it was stopped.

    The upload may be further already: whoever goes on with one that came to its end gets it as it
    stands.

    Raises:
        serve_app.client.ClientError: the server is away or refuses it.
        SourceChangedError, gui.contribute.sources.SourceError: the photographs are gone.
    """
    uploads = client.uploads
    upload = _find_or_begin(uploads, parcel.upload_id)
    on_begun(upload)
    if upload.status != "receiving":
        return upload
    with open_source(parcel.source, parcel.labels_path) as source:
        by_name = {file.name: file for file in source.files}
        files = [_to_file(photo, by_name) for photo in parcel.photos]
        missing = uploads.list_missing(upload.upload_id, files)
        progress = _Progress(files, missing, on_progress)
        sizes = [file.num_bytes for file in missing]
        for span in split_batches(
            sizes, max_photos=_FILES_PER_REQUEST, max_bytes=_BYTES_PER_REQUEST
        ):
            if is_stopped.is_set():
                return None
            _send_batch(uploads, upload.upload_id, missing[span], is_stopped)
            progress.add(missing[span])
    return None if is_stopped.is_set() else to_upload(uploads.finish(upload.upload_id))


def to_sent_name(photo: LocalPhoto) -> str:
    """Return the name under which a photograph is sent: its last folder is its class."""
    path = PurePosixPath(photo.name)
    class_name = photo.class_name or ""
    try:
        is_said = find_label(path.parent.name).class_name == class_name
    except UnknownLabelError:
        is_said = False
    if is_said:
        return photo.name
    return str(path.parent / get_label(class_name).dataset_label / path.name)


class _Progress:
    def __init__(
        self,
        files: Sequence[UploadFile],
        missing: Sequence[UploadFile],
        tell: Callable[[Transfer], None],
    ) -> None:
        self._total = (len(files), sum(file.num_bytes for file in files))
        self._num_files = len(files) - len(missing)
        self._num_bytes = self._total[1] - sum(file.num_bytes for file in missing)
        self._num_sent = 0
        self._tell = tell
        self._speedometer = Speedometer(time.monotonic())
        self._report(None)

    def add(self, files: Sequence[UploadFile]) -> None:
        num_bytes = sum(file.num_bytes for file in files)
        self._num_files += len(files)
        self._num_bytes += num_bytes
        self._num_sent += num_bytes
        self._report(self._speedometer.add(time.monotonic(), self._num_sent))

    def _report(self, bytes_per_s: float | None) -> None:
        self._tell(
            Transfer(
                num_files=self._num_files,
                total_files=self._total[0],
                num_bytes=self._num_bytes,
                total_bytes=self._total[1],
                bytes_per_s=bytes_per_s,
            )
        )


def _find_or_begin(uploads: UploadCalls, upload_id: str | None) -> Upload:
    if upload_id is not None:
        try:
            found = to_upload(uploads.get(upload_id))
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        else:
            if found.status not in ("discarded", "failed"):
                return found
    return to_upload(uploads.begin())


def _to_file(photo: LocalPhoto, by_name: Mapping[str, SourceFile]) -> UploadFile:
    file = by_name.get(photo.name)
    if file is None:
        raise SourceChangedError(
            f"{photo.name} is not there any more. Bring it back, or look at the folder again."
        )
    return UploadFile(
        name=to_sent_name(photo), path=file, sha256=photo.sha256, num_bytes=photo.num_bytes
    )


def _send_batch(
    uploads: UploadCalls,
    upload_id: str,
    files: Sequence[UploadFile],
    is_stopped: threading.Event,
) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            uploads.send_files(upload_id, files)
        except ServerUnreachableError:
            # A short break of the connection is nobody's concern.
            if attempt == _ATTEMPTS or is_stopped.wait(_WAIT_S):
                raise
        else:
            return
