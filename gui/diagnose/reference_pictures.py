"""Small pictures of training photos, by hash: from this machine, else from the server.

Runs on one worker. Few installations have the photos that the champion has learned from; those that
were given since lie in the server's store.
"""

from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING

from cluster.storage import Layout
from gui.kit.connection import Connection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAX_KEPT = 64


class ReferencePictures:
    """Keeps the pictures that were wanted last, and which photos are nowhere."""

    def __init__(self, layout: Layout, connection: Connection) -> None:
        """Take this machine's store, and the server."""
        self._layout = layout
        self._connection = connection
        self._kept: OrderedDict[str, NDArray[np.uint8] | None] = OrderedDict()

    def find(self, sha256: str, *, is_online: bool) -> "NDArray[np.uint8] | None":
        """Return a thumbnail, (H, W, 3); None where the photo is not, or may not be seen."""
        from gui.diagnose.previews import create_preview
        from models.images import ImageError, decode_image

        if sha256 in self._kept:
            return self._kept[sha256]
        image_bytes = self._read(sha256)
        if image_bytes is None and is_online:
            try:
                image_bytes = self._ask(sha256)
            except _list_failures():
                # Asked again with the next photo: the server may be back.
                return None
        thumbnail = None
        if image_bytes is not None:
            try:
                thumbnail = create_preview(decode_image(image_bytes)).thumbnail
            except ImageError:
                thumbnail = None
        if thumbnail is not None or is_online:
            self._keep(sha256, thumbnail)
        return thumbnail

    def _read(self, sha256: str) -> bytes | None:
        from cluster.errors import StorageError
        from models.images import ImageError, read_image_bytes

        try:
            return read_image_bytes(self._layout.image_path(sha256))
        except (ImageError, StorageError):
            return None

    def _ask(self, sha256: str) -> bytes | None:
        from serve_app.client import ApiError

        try:
            return self._connection.get_client().loop.get_picture(sha256)
        except ApiError as error:
            # Not in the store, or not for this key.
            if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
                return None
            raise

    def _keep(self, sha256: str, thumbnail: "NDArray[np.uint8] | None") -> None:
        self._kept[sha256] = thumbnail
        while len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)


def _list_failures() -> tuple[type[Exception], ...]:
    from serve_app.client import ClientError
    from serve_app.key_file import KeyFileUnusableError

    return (ClientError, KeyFileUnusableError)
