"""The photograph on the desk: its picture, and the classes that it most likely shows.

Runs on a worker. The server is asked while it is there; without it this machine's own model is.
"""

import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.images import ImageError, decode_image

if TYPE_CHECKING:
    from models.predictor import Predictor
    from serve_app.client import LeafrayClient

SIDE_PX = 640
NUM_GUESSES = 5


def make_picture(image_bytes: bytes) -> NDArray[np.uint8]:
    """Return a photograph for the screen, (H, W, 3), at most ``SIDE_PX`` a side.

    Raises:
        ImageError: it cannot be decoded.
    """
    photo = Image.fromarray(decode_image(image_bytes))
    photo.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.asarray(photo)


class Guesser:
    """Names the likeliest classes of a photograph, most probable first."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._predictor: Predictor | None = None
        self._lock = threading.Lock()

    def guess(self, image_bytes: bytes, client: "LeafrayClient | None") -> tuple[str, ...]:
        """Return class names; none where no model answers. ``client`` None: the server is away."""
        from serve_app.client import ClientError

        if client is not None:
            try:
                answer = client.predict(image_bytes, top_k=NUM_GUESSES)
                return tuple(item.class_name for item in answer.predictions)
            except ClientError:
                pass  # Busy, or away since a moment: this machine can tell as well.
        return self._guess_here(image_bytes)

    def _guess_here(self, image_bytes: bytes) -> tuple[str, ...]:
        from models.artifact import CHAMPION_DIR, ArtifactError
        from models.predictor import Predictor

        try:
            with self._lock:
                if self._predictor is None:
                    self._predictor = Predictor.load(CHAMPION_DIR)
            image = decode_image(image_bytes)
            prediction = self._predictor.predict_image(image, top_k=NUM_GUESSES)
        except (ArtifactError, ImageError):
            return ()
        return tuple(item.class_name for item in prediction.top)
