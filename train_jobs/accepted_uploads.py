"""The one place where uploads meet training: accepted photographs become `NewPhoto` values."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from cluster.storage import Layout
from train_jobs.new_photos import NewPhoto


class AcceptedItem(Protocol):
    """A photograph that a person accepted, as the upload store tells it."""

    @property
    def sha256(self) -> str:
        """Of the file's bytes."""

    @property
    def class_name(self) -> str | None:
        """The label that a person accepted."""

    @property
    def group_id(self) -> str:
        """The leaf that it shows; empty where nobody knows."""


def list_accepted(layout: Layout, upload_ids: Iterable[str]) -> list[NewPhoto]:
    """Return the accepted photographs of uploads.

    Raises:
        cluster.errors.ClusterError: there is no such upload, or it is not accepted.
    """
    from cluster.upload_store import (  # type: ignore[import-not-found, unused-ignore]
        UploadStore,
    )

    store = UploadStore(layout)
    return [
        photo
        for upload_id in upload_ids
        for photo in to_new_photos(layout, store.list_accepted(upload_id))
    ]


def to_new_photos(layout: Layout, items: Sequence[AcceptedItem]) -> list[NewPhoto]:
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
