"""Feedback becomes labelled photographs of an upload, which waits for a person like any other.

Single photographs are gathered in one upload that stays open for a while: a hundred uploads of one
photograph each would be nothing to review.
"""

import threading
import time

from cluster.uploads.files import RECEIVED
from cluster.uploads.inbox import UploadInbox, create_upload, finish_receiving
from cluster.uploads.store import UploadStore
from cluster.uploads.values import Upload, UploadStatus
from models.labels import UnknownLabelError, find_label
from serve_app.errors import InvalidRequestError, NotFoundError
from serve_app.loop_schemas import FeedbackQuestion, FeedbackResponse
from serve_app.recent_photos import RecentPhotos

CREATED_BY = "feedback"
_OPEN_FOR_S = 900.0


class FeedbackBox:
    """Puts photographs that were diagnosed, with their right class, into an upload."""

    def __init__(
        self, store: UploadStore, recent: RecentPhotos | None, *, open_for_s: float = _OPEN_FOR_S
    ) -> None:
        self._store = store
        self._recent = recent
        self._open_for_s = open_for_s
        self._lock = threading.Lock()

    def take(self, question: FeedbackQuestion) -> FeedbackResponse:
        """Keep the photographs of a request under the class that they really show.

        Raises:
            InvalidRequestError: there is no such class.
            NotFoundError: the photographs of this request are not kept (any more).
        """
        try:
            label = find_label(question.class_name)
        except UnknownLabelError as error:
            raise InvalidRequestError(f"{error}.", code="unknown_label") from None
        photos = self._recent.find(question.request_id) if self._recent is not None else ()
        if not photos:
            raise NotFoundError(
                f"The photographs of the request {question.request_id} are not kept any more: send "
                "them as an upload with their class, POST /v1/uploads.",
                code="photo_gone",
            )
        with self._lock:
            upload = self._find_open() or create_upload(self._store, CREATED_BY)
            with UploadInbox(self._store.layout, upload.upload_id) as inbox:
                for index, photo in enumerate(photos):
                    part = inbox.create_part()
                    try:
                        part.write(photo)
                        inbox.keep_image(
                            part, f"{label.dataset_label}/{question.request_id}-{index}"
                        )
                    finally:
                        part.drop()
        return FeedbackResponse(upload_id=upload.upload_id, num_photos=len(photos))

    def close_quiet(self) -> None:
        """Let the check of the open upload begin when no photograph came for a while."""
        with self._lock:
            upload = self._find_open()
            if upload is None:
                return
            path = self._store.layout.upload_path(upload.upload_id, RECEIVED)
            if path.exists() and time.time() - path.stat().st_mtime > self._open_for_s:
                finish_receiving(self._store, upload.upload_id)

    def _find_open(self) -> Upload | None:
        return next(
            (
                upload
                for upload in self._store.list_uploads()
                if upload.created_by == CREATED_BY and upload.status is UploadStatus.RECEIVING
            ),
            None,
        )
