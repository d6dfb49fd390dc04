"""Small pictures of the photographs that lie on this machine."""

from collections import OrderedDict
from typing import TYPE_CHECKING

from cluster.errors import StorageError
from cluster.storage import Layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

THUMBNAIL_SIDE_PX = 160
_MAX_KEPT = 128


def load_thumbnail(layout: Layout, sha256: str) -> "NDArray[np.uint8] | None":
    """Read a stored photograph, (H, W, 3), shrunk to fit; None where it is not. On workers."""
    from models.images import ImageError, decode_image, read_image_bytes

    try:
        image = decode_image(read_image_bytes(layout.image_path(sha256)))
    except (ImageError, StorageError, OSError):
        return None
    import numpy as np
    from PIL import Image

    small = Image.fromarray(image)
    small.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX), Image.Resampling.LANCZOS)
    return np.asarray(small)


class ThumbnailCache:
    """The thumbnails that were wanted last, and which photographs are not here.

    Used by the window's thread alone.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._thumbnails: OrderedDict[str, NDArray[np.uint8] | None] = OrderedDict()

    def __contains__(self, sha256: str) -> bool:
        """Tell whether it was looked for already."""
        return sha256 in self._thumbnails

    def put(self, sha256: str, thumbnail: "NDArray[np.uint8] | None") -> None:
        """Remember one; the oldest may go."""
        self._thumbnails[sha256] = thumbnail
        self._thumbnails.move_to_end(sha256)
        while len(self._thumbnails) > _MAX_KEPT:
            self._thumbnails.popitem(last=False)

    def get(self, sha256: str) -> "NDArray[np.uint8] | None":
        """Return one if it is at hand."""
        return self._thumbnails.get(sha256)
