"""Photographs, small enough to look at over a poor connection."""

import base64
import io
from pathlib import Path

from PIL import Image

from models.images import ImageError, decode_image, read_image_bytes
from serve_app.errors import NotFoundError

MAX_SIDE_PX = 512
_QUALITY = 85


def make_picture(path: Path, *, keeper: str) -> str:
    """Return a small copy of a photograph, a JPEG in base64.

    Raises:
        NotFoundError: ``keeper`` does not keep it (any more), or it is no photograph.
    """
    try:
        picture = Image.fromarray(decode_image(read_image_bytes(path)))
    except ImageError as error:
        raise NotFoundError(
            f"{keeper} keeps no such photograph ({error.code}).", code="no_picture"
        ) from None
    picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
