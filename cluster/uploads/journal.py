"""Checking: the items of one upload as they are found; who dies in between is gone on from."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from cluster.atomic_file import replace_file
from cluster.file_lock import hold
from cluster.uploads.files import (
    ARCHIVE,
    ITEMS,
    LABELS,
    LOCK,
    RECEIVED,
    STARTS,
    encode_line,
    open_lines,
)
from cluster.uploads.store import UploadStore
from cluster.uploads.values import Upload, UploadItem, UploadStatus, count_items

_ITEM = TypeAdapter(UploadItem)
# Each time the state is written; a person looks at it about once a second.
_PROGRESS_PERIOD_S = 0.5
_STOPPED = "its check has been stopped"


class UploadJournal:
    """One upload that is checked; a context manager that has its folder alone.

    Raises, on entering:
        cluster.file_lock.LockTakenError: somebody else checks it, or still sends files.
    """

    def __init__(self, store: UploadStore, upload_id: str) -> None:
        self._store = store
        self._upload_id = upload_id
        self._stack = ExitStack()
        self._told_s = 0.0

    def __enter__(self) -> Self:
        """Take the folder, and what was found before."""
        layout = self._store.layout
        self._stack.enter_context(hold(layout.upload_path(self._upload_id, LOCK)))
        self.found = list(self._store.list_items(self._upload_id))
        self._upload = count_items(self._store.get(self._upload_id), self.found)
        items_path = layout.upload_path(self._upload_id, ITEMS)
        self._file = self._stack.enter_context(open_lines(items_path))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of the folder; a process that is killed does not come here."""
        self._store.layout.upload_path(self._upload_id, STARTS).unlink(missing_ok=True)
        self._stack.close()

    def begin(self, total: int) -> int:
        """Note how many files there are; raises as ``add`` does.

        Returns:
            How often a check that began at this very file ended with its process.
        """
        starts_path = self._store.layout.upload_path(self._upload_id, STARTS)
        with starts_path.open("a+", encoding="ascii") as file:
            file.seek(0)
            position = str(len(self.found))
            num_before = file.read().split().count(position)
            file.write(f"{position}\n")
        self._upload = replace(self._upload, total=total, reason=None)
        self._tell()
        return num_before

    def keep(self, sha256: str, image_bytes: bytes) -> None:
        """Put a photograph into the quarantine, if it is not there yet."""
        path = self._store.layout.quarantine_path(self._upload_id, sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, image_bytes, is_synced=False)

    def drop(self, sha256: str) -> None:
        """Delete a photograph from the quarantine."""
        path = self._store.layout.quarantine_path(self._upload_id, sha256)
        path.unlink(missing_ok=True)

    def add(self, item: UploadItem) -> None:
        """Note what was found of the next file.

        Raises:
            UploadStateError: the upload was discarded meanwhile.
        """
        self._file.write(encode_line(_ITEM, item))
        self.found.append(item)
        self._upload = replace(
            self._upload,
            accepted=self._upload.accepted + item.is_accepted,
            rejected=self._upload.rejected + (not item.is_accepted),
            suspicious=self._upload.suspicious + item.is_suspicious,
        )
        if time.monotonic() - self._told_s > _PROGRESS_PERIOD_S:
            self._tell()

    def finish(self, items: Sequence[UploadItem]) -> Upload:
        """Replace what was found by what follows from all of it; raises as ``add`` does."""
        with self._store.changing(self._upload_id, UploadStatus.CHECKING, hint=_STOPPED):
            self._store.save_items(self._upload_id, items)
            upload = count_items(self._upload, items)
            upload = self._store.save(replace(upload, status=UploadStatus.CHECKED))
        for name in (ARCHIVE, LABELS, RECEIVED):
            self._store.layout.upload_path(self._upload_id, name).unlink(missing_ok=True)
        return upload

    def _tell(self) -> None:
        with self._store.changing(self._upload_id, UploadStatus.CHECKING, hint=_STOPPED):
            self._store.save(self._upload, is_synced=False)
        self._told_s = time.monotonic()
