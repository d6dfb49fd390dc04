"""What processes that died have left of uploads: finished or undone."""

import shutil
import time

from cluster.errors import UploadError
from cluster.file_lock import LockTakenError, hold
from cluster.uploads.files import LOCK, RECEIVED, STATE, clear, list_upload_ids
from cluster.uploads.store import UploadStore
from cluster.uploads.values import UploadStatus

_STALE_AFTER_S = 24 * 3600.0
# Between making its folder and locking it, a new upload must not be taken for a dead one.
_NEW_FOR_S = 60.0


def recover(store: UploadStore, *, now_s: float | None = None) -> None:
    """Finish or undo what dead processes left behind; may run beside living ones, at any time.

    An upload that waits for its check, or for more files within a day, stays as it is.
    """
    now_s = time.time() if now_s is None else now_s
    for upload_id in list_upload_ids(store.layout):
        try:
            _recover(store, upload_id, now_s)
        except (LockTakenError, UploadError, FileNotFoundError):
            continue


def _recover(store: UploadStore, upload_id: str, now_s: float) -> None:
    layout = store.layout
    state_path = layout.upload_path(upload_id, STATE)
    if not state_path.exists():
        folder = layout.upload_dir(upload_id)
        if now_s - folder.stat().st_mtime > _NEW_FOR_S:
            with hold(layout.upload_path(upload_id, LOCK)):
                if not state_path.exists():
                    shutil.rmtree(folder)
        return
    upload = store.get(upload_id)
    if upload.status.is_final:
        if layout.quarantine_dir(upload_id).exists():
            clear(layout, upload_id)
    elif upload.status is UploadStatus.RECEIVING:
        received_path = layout.upload_path(upload_id, RECEIVED)
        last_path = received_path if received_path.exists() else state_path
        if now_s - last_path.stat().st_mtime > _STALE_AFTER_S:
            store.fail(upload_id, "nothing came for a day: send the photographs again")
