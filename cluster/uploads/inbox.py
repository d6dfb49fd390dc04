"""Receiving: what one request brings into an upload, each file whole or not at all."""

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from cluster.errors import UploadStateError
from cluster.file_lock import LockTakenError, hold
from cluster.storage import Layout
from cluster.uploads.files import (
    ARCHIVE,
    LABELS,
    LOCK,
    RECEIVED,
    encode_line,
    open_lines,
    read_lines,
)
from cluster.uploads.store import UploadStore
from cluster.uploads.values import ReceivedFile, Upload, UploadStatus

_RECEIVED_FILE = TypeAdapter(ReceivedFile)
_HEAD_BYTES = 16
_FINISH_TIMEOUT_S = 5.0
_STILL_SENDING = "another request still sends files to this upload: wait for it, then try again"


class Part:
    """One file that is coming, below a name of its own until it is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.num_bytes = 0
        self.head = b""
        self._sha256 = hashlib.sha256()
        self._file = path.open("xb")

    @property
    def sha256(self) -> str:
        """The hash of what came so far."""
        return self._sha256.hexdigest()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        if len(self.head) < _HEAD_BYTES:
            self.head = (self.head + data)[:_HEAD_BYTES]
        self.num_bytes += len(data)
        self._sha256.update(data)
        self._file.write(data)

    def move(self, target: Path) -> None:
        """Make it a file of that name; of an image that is there already, it is the same one."""
        self._file.close()
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(target)

    def drop(self) -> None:
        """Delete it, unless it was moved."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class UploadInbox:
    """The files of one request; a context manager that shares the upload with other requests.

    ``num_files`` and ``num_bytes`` also count what earlier requests brought.
    """

    def __init__(self, layout: Layout, upload_id: str) -> None:
        self._layout = layout
        self._upload_id = upload_id
        self._stack = ExitStack()
        self._known: set[tuple[str, str]] = set()
        self.num_files = 0
        self.num_bytes = 0

    def __enter__(self) -> Self:
        """Share the upload's folder, and go on after what came before.

        Raises:
            UploadStateError: the upload is being finished.
        """
        try:
            lock_path = self._layout.upload_path(self._upload_id, LOCK)
            self._stack.enter_context(hold(lock_path, is_shared=True))
        except LockTakenError:
            raise UploadStateError(
                f"The upload {self._upload_id} takes no more files: it is being finished."
            ) from None
        for file in list_received(self._layout, self._upload_id):
            self._count(file)
        received_path = self._layout.upload_path(self._upload_id, RECEIVED)
        self._received = self._stack.enter_context(open_lines(received_path))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of the folder."""
        self._stack.close()

    def create_part(self) -> Part:
        """Begin to take a file."""
        return Part(self._layout.upload_path(self._upload_id, f"part-{secrets.token_hex(8)}"))

    def keep_image(self, part: Part, name: str) -> None:
        """Put a file into the quarantine."""
        file = ReceivedFile(name=name, sha256=part.sha256, num_bytes=part.num_bytes)
        part.move(self._layout.quarantine_path(self._upload_id, part.sha256))
        self._note(file)

    def refuse(self, part: Part, name: str, code: str, reason: str) -> None:
        """Throw a file away, and note why."""
        self._note(ReceivedFile(name=name, sha256="", num_bytes=0, code=code, reason=reason))
        part.drop()

    def keep_archive(self, part: Part) -> None:
        """Take a file as the zip of this upload."""
        part.move(self._layout.upload_path(self._upload_id, ARCHIVE))

    def keep_labels(self, part: Part) -> None:
        """Take a file as the label file of this upload; a later one takes its place."""
        part.move(self._layout.upload_path(self._upload_id, LABELS))

    def _note(self, file: ReceivedFile) -> None:
        # A client that saw its connection break sends again what had come already.
        if (file.name, file.sha256) not in self._known:
            self._received.write(encode_line(_RECEIVED_FILE, file))
            self._count(file)

    def _count(self, file: ReceivedFile) -> None:
        self._known.add((file.name, file.sha256))
        self.num_files += 1
        self.num_bytes += file.num_bytes


def list_received(layout: Layout, upload_id: str) -> Iterator[ReceivedFile]:
    """Yield the files that came, in their order."""
    return read_lines(layout.upload_path(upload_id, RECEIVED), _RECEIVED_FILE)


def create_upload(store: UploadStore, created_by: str) -> Upload:
    """Make an upload that takes files by several requests, until it is finished."""
    upload = _new_upload(created_by, UploadStatus.RECEIVING)
    store.layout.upload_dir(upload.upload_id).mkdir(parents=True)
    return store.save(upload)


@contextmanager
def receive_whole(store: UploadStore, created_by: str) -> Iterator[tuple[Upload, UploadInbox]]:
    """Make an upload by one request: it exists when the block ends well, and else nothing does."""
    upload = _new_upload(created_by, UploadStatus.CHECKING)
    folder = store.layout.upload_dir(upload.upload_id)
    folder.mkdir(parents=True)
    try:
        with UploadInbox(store.layout, upload.upload_id) as inbox:
            yield upload, inbox
            store.save(replace(upload, total=inbox.num_files))
    except BaseException:
        # A cancelled request must leave nothing either.
        shutil.rmtree(folder, ignore_errors=True)
        raise


def finish_receiving(
    store: UploadStore, upload_id: str, *, timeout_s: float = _FINISH_TIMEOUT_S
) -> Upload:
    """Take no more files and let the check begin; again is no error.

    Raises:
        UploadStateError: nothing came yet, or another request still sends.
        UploadError: there is no such upload.
    """
    allowed = (UploadStatus.RECEIVING, UploadStatus.CHECKING, UploadStatus.CHECKED)
    hint = "it is over; create another one"
    with store.changing(upload_id, *allowed, hint=hint) as upload:
        if upload.status is not UploadStatus.RECEIVING:
            return upload
        try:
            with hold(store.layout.upload_path(upload_id, LOCK), timeout_s=timeout_s):
                total = sum(1 for _ in list_received(store.layout, upload_id))
                has_archive = store.layout.upload_path(upload_id, ARCHIVE).exists()
                if not total and not has_archive:
                    raise UploadStateError(f"Nothing came of the upload {upload_id}: send files.")
                return store.save(replace(upload, status=UploadStatus.CHECKING, total=total))
        except LockTakenError:
            raise UploadStateError(f"The upload {upload_id}: {_STILL_SENDING}.") from None


def _new_upload(created_by: str, status: UploadStatus) -> Upload:
    now = datetime.now(UTC)
    return Upload(
        upload_id=f"up-{now:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}",
        status=status,
        created_at=now.isoformat(timespec="seconds"),
        created_by=created_by,
    )
