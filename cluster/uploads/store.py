"""Uploads on disk: what came, what was found, and what people decided.

uploads/up-.../upload.json     status and counts; an upload without it does not exist yet
              /lock            shared by those who receive, held alone by who checks
              /received.jsonl  one line a file that came
              /archive.zip, labels.csv
              /items.jsonl     one line a file that was checked
              /quarantine/ab/abcd...   photographs, each once

A photograph leaves the quarantine for the dataset store when its upload is accepted. Several
processes may use one store.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from cluster.atomic_file import replace_file
from cluster.errors import StorageError, UploadError, UploadStateError
from cluster.file_lock import LockTakenError, hold
from cluster.storage import Layout
from cluster.uploads.files import (
    ITEMS,
    STATE,
    clear,
    encode_line,
    list_upload_ids,
    read_lines,
)
from cluster.uploads.values import (
    Upload,
    UploadItem,
    UploadStatus,
    correct_items,
    count_items,
    refuse_stored,
)

_logger = logging.getLogger(__name__)

_UPLOAD = TypeAdapter(Upload)
_ITEM = TypeAdapter(UploadItem)
# To accept 10,000 photographs takes a few seconds; everything else milliseconds.
_LOCK_TIMEOUT_S = 60.0


class UploadStore:
    """All uploads of one installation."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    @property
    def layout(self) -> Layout:
        """Where everything lies."""
        return self._layout

    def list_uploads(self) -> tuple[Upload, ...]:
        """Return all uploads, the newest first."""
        uploads = []
        for upload_id in list_upload_ids(self._layout):
            try:
                uploads.append(self.get(upload_id))
            except UploadError as error:
                if self._layout.upload_path(upload_id, STATE).exists():
                    _logger.warning("%s", error)
        return tuple(sorted(uploads, key=lambda upload: upload.upload_id, reverse=True))

    def get(self, upload_id: str) -> Upload:
        """Return one upload.

        Raises:
            UploadError: there is none of this id.
        """
        try:
            path = self._layout.upload_path(upload_id, STATE)
            return _UPLOAD.validate_json(path.read_bytes())
        except (StorageError, FileNotFoundError):
            raise UploadError(f"There is no upload {upload_id[:80]!r}; list them first.") from None
        except ValidationError as error:
            raise UploadError(f"{path} is damaged ({error}); delete its folder.") from None

    def list_items(self, upload_id: str) -> tuple[UploadItem, ...]:
        """Return the files of an upload that were checked so far.

        Raises:
            UploadError: there is no such upload.
        """
        self.get(upload_id)
        return tuple(read_lines(self._layout.upload_path(upload_id, ITEMS), _ITEM))

    def list_accepted(self, upload_id: str) -> tuple[UploadItem, ...]:
        """Return what an accepted upload adds to the data; ``image_path`` says where it lies.

        Raises:
            UploadStateError: the upload was not accepted.
            UploadError: there is no such upload.
        """
        upload = self.get(upload_id)
        if upload.status is not UploadStatus.ACCEPTED:
            raise UploadStateError(
                f"The upload {upload_id} is {upload.status}; accept it before it is used."
            )
        return tuple(item for item in self.list_items(upload_id) if item.is_accepted)

    def image_path(self, sha256: str) -> Path:
        """Return where an accepted photograph lies."""
        return self._layout.image_path(sha256)

    def list_accepted_by_others(self, upload_id: str) -> Iterator[UploadItem]:
        """Yield the accepted items of all other accepted uploads."""
        for upload in self.list_uploads():
            if upload.status is UploadStatus.ACCEPTED and upload.upload_id != upload_id:
                yield from self.list_accepted(upload.upload_id)

    def save(self, upload: Upload, *, is_synced: bool = True) -> Upload:
        """Write the state of an upload; those who change it hold ``changing``."""
        path = self._layout.upload_path(upload.upload_id, STATE)
        replace_file(path, _UPLOAD.dump_json(upload, indent=1), is_synced=is_synced)
        return upload

    def save_items(self, upload_id: str, items: Sequence[UploadItem]) -> None:
        """Replace the items of an upload in one step."""
        content = b"".join(encode_line(_ITEM, item) for item in items)
        replace_file(self._layout.upload_path(upload_id, ITEMS), content)

    @contextmanager
    def changing(self, upload_id: str, *allowed: UploadStatus, hint: str) -> Iterator[Upload]:
        """Let nobody else change any upload meanwhile; give the upload as it is.

        Raises:
            UploadStateError: its status is none of those allowed; or others are at it too long.
            UploadError: there is no such upload.
        """
        self.get(upload_id)
        try:
            with hold(self._layout.uploads_lock_path, timeout_s=_LOCK_TIMEOUT_S):
                upload = self.get(upload_id)
                if upload.status not in allowed:
                    raise UploadStateError(f"The upload {upload_id} is {upload.status}: {hint}.")
                yield upload
        except LockTakenError:
            raise UploadStateError(
                "Another upload is being changed and takes long: try again in a minute."
            ) from None

    def correct(self, upload_id: str, sha256: str, class_name: str | None) -> UploadItem:
        """Give a photograph another class, or none: then it is refused.

        Raises:
            UploadStateError: the upload is not checked, or this photograph cannot be corrected.
            UploadError: there is no such upload.
        """
        hint = "labels are corrected between its check and its acceptance"
        with self.changing(upload_id, UploadStatus.CHECKED, hint=hint) as upload:
            items = correct_items(self.list_items(upload_id), sha256, class_name)
            if items is None:
                raise UploadStateError(
                    f"The upload {upload_id} has no photograph {sha256[:64]!r} that a label could "
                    "mend; see its items."
                )
            self.save_items(upload_id, items)
            self.save(count_items(upload, items))
            return next(item for item in items if item.sha256 == sha256)

    def accept(self, upload_id: str) -> Upload:
        """Take the accepted photographs into the dataset store; again is no error.

        Raises:
            UploadStateError: the upload is not checked, or nothing of it can be accepted.
            UploadError: there is no such upload.
        """
        hint = "only a checked upload can be accepted"
        allowed = (UploadStatus.CHECKED, UploadStatus.ACCEPTED)
        with self.changing(upload_id, *allowed, hint=hint) as upload:
            if upload.status is UploadStatus.ACCEPTED:
                return upload
            stored = {item.sha256 for item in self.list_accepted_by_others(upload_id)}
            items = refuse_stored(self.list_items(upload_id), stored)
            self.save_items(upload_id, items)
            accepted = [item for item in items if item.is_accepted]
            if not accepted:
                self.save(count_items(upload, items))
                raise UploadStateError(
                    f"No photograph of the upload {upload_id} was accepted: read its rejections, "
                    "correct labels, or discard it."
                )
            for item in accepted:
                self._store_image(upload_id, item.sha256)
            # A photograph is on the disk before an upload says so. One call for all of them: one
            # fsync each would take a minute for 10,000.
            os.sync()
            upload = self.save(replace(count_items(upload, items), status=UploadStatus.ACCEPTED))
        clear(self._layout, upload_id)
        return upload

    def discard(self, upload_id: str) -> Upload:
        """Give an upload up and delete its photographs; again is no error.

        Raises:
            UploadStateError: the upload was accepted.
            UploadError: there is no such upload.
        """
        allowed = set(UploadStatus) - {UploadStatus.ACCEPTED}
        hint = "its photographs may be in a dataset version already, so they stay"
        with self.changing(upload_id, *allowed, hint=hint) as upload:
            upload = self.save(replace(upload, status=UploadStatus.DISCARDED))
        clear(self._layout, upload_id)
        return upload

    def fail(self, upload_id: str, reason: str) -> None:
        """Give an upload up that cannot be received or checked, with the reason for people."""
        allowed = (UploadStatus.RECEIVING, UploadStatus.CHECKING)
        with self.changing(upload_id, *allowed, hint="it does not fail any more") as upload:
            self.save(replace(upload, status=UploadStatus.FAILED, reason=reason))
        clear(self._layout, upload_id)

    def _store_image(self, upload_id: str, sha256: str) -> None:
        """Link a photograph into the dataset store; one that is there already stays."""
        target = self._layout.image_path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = self._layout.quarantine_path(upload_id, sha256)
        with suppress(FileExistsError):
            target.hardlink_to(source)
