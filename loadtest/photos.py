"""What the load test sends, and what it must get back."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.images import list_images, read_image_bytes
from models.leaf_drawing import draw_leaf, encode_jpeg

NUM_PHOTOS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One photograph and the class that the model gives it."""

    image_bytes: bytes
    class_name: str


def load_image_bytes(paths: Sequence[Path]) -> list[bytes]:
    """Read at most `NUM_PHOTOS` photographs; without paths, draw as many leaves.

    Raises:
        models.images.ImageError: a path cannot be read.
    """
    if not paths:
        return [encode_jpeg(draw_leaf(seed)) for seed in range(NUM_PHOTOS)]
    return [read_image_bytes(path) for path in itertools.islice(list_images(paths), NUM_PHOTOS)]


def find_fault(status: int, body: bytes, *, photo: Photo, model_version: str) -> str | None:
    """Tell why an answer is not the right one; None if it is.

    A load test that looks at the status alone calls a server fast that answers nonsense.
    """
    if status != 200:
        return f"status {status}"
    try:
        answer = json.loads(body)
        found_version = answer["model_version"]
        found_class = answer["predictions"][0]["class_name"]
    except (ValueError, KeyError, IndexError, TypeError):
        return "not a prediction"
    if found_version != model_version:
        return f"model version {found_version}, not {model_version}"
    if found_class != photo.class_name:
        return "another class than the model itself gives"
    return None
