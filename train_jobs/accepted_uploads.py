"""The one place where uploads meet training: accepted photographs become `NewPhoto` values."""

from collections.abc import Iterable, Sequence

from cluster.storage import Layout
from cluster.uploads.store import UploadStore
from cluster.uploads.values import UploadItem
from train_jobs.new_photos import NewPhoto


def list_accepted(layout: Layout, upload_ids: Iterable[str]) -> list[NewPhoto]:
    """Return the accepted photographs of uploads.

    Raises:
        cluster.errors.UploadError: there is no such upload, or it is not accepted.
    """
    store = UploadStore(layout)
    return [
        photo
        for upload_id in upload_ids
        for photo in to_new_photos(layout, store.list_accepted(upload_id))
    ]


def to_new_photos(layout: Layout, items: Sequence[UploadItem]) -> list[NewPhoto]:
    """Name the stored image of each item."""
    return [
        NewPhoto(
            sha256=item.sha256,
            path=str(layout.image_path(item.sha256)),
            class_name=item.class_name,
            group_id=item.group_id or item.sha256,
        )
        for item in items
        if item.class_name is not None
    ]
