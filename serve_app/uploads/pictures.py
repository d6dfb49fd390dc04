"""Photographs that wait for a person's word, small enough to look at over a poor connection."""

import base64
import io
from pathlib import Path

from PIL import Image

from models.images import ImageError, decode_image, read_image_bytes
from serve_app.errors import NotFoundError

MAX_SIDE_PX = 512
_QUALITY = 85


def make_picture(path: Path) -> str:
    """Return a small copy of a photograph, a JPEG in base64.

    Raises:
        NotFoundError: it is not kept (any more), or is no photograph.
    """
    try:
        picture = Image.fromarray(decode_image(read_image_bytes(path)))
    except ImageError as error:
        raise NotFoundError(
            f"The upload keeps no such photograph ({error.code}): see its items.", code="no_picture"
        ) from None
    picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
