"""What the load test sends, and what it must get back."""

import itertools
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from models.images import decode_image, list_images, read_image_bytes
from models.leaf_drawing import draw_leaf, encode_jpeg

NUM_PHOTOS = 16
# Of sixteen, three from a small camera and one from a phone; the others are 256 to 400 px wide.
_LARGER_SIDES_PX = {3: 800, 7: 800, 11: 800, 15: 2400}


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


def find_data_paths(project_dir: Path) -> list[Path]:
    """Return the folder of real photographs, if `LEAFRAY_DATA` names one or it lies beside us."""
    named = os.environ.get("LEAFRAY_DATA")
    folder = Path(named) if named else project_dir.parent / "shared" / "data"
    return [folder / "val"] if (folder / "val").is_dir() else []


def load_mixed_bytes(paths: Sequence[Path]) -> list[bytes]:
    """Read photographs from all over the paths, or draw leaves; some enlarged as cameras do.

    Raises:
        models.images.ImageError: a path cannot be read.
    """
    found = list_images(paths)
    # From all over: the files of one folder are of one class.
    spread = found[:: max(1, len(found) // NUM_PHOTOS)] if paths else []
    return [
        enlarge(image, side_px=_LARGER_SIDES_PX[idx]) if idx in _LARGER_SIDES_PX else image
        for idx, image in enumerate(load_image_bytes(spread))
    ]


def enlarge(image_bytes: bytes, *, side_px: int) -> bytes:
    """Return a photograph as a JPEG whose shorter side has so many pixels."""
    image = Image.fromarray(decode_image(image_bytes))
    scale = side_px / min(image.size)
    larger = image.resize((round(image.width * scale), round(image.height * scale)))
    return encode_jpeg(np.asarray(larger))


def find_fault(status: int, body: bytes, *, photo: Photo, model_version: str) -> str | None:
    """Tell why an answer is not the right one; None if it is.

    A load test that looks at the status alone calls a server fast that answers nonsense.
    """
    if status != 200:
        return f"status {status}"
    try:
        answer = json.loads(body)
    except ValueError:
        return "not a prediction"
    return find_prediction_fault(answer, photo=photo, model_version=model_version)


def find_prediction_fault(answer: Any, *, photo: Photo, model_version: str) -> str | None:
    """Tell why a prediction, as JSON values, is not the right one; None if it is."""
    try:
        found_version = answer["model_version"]
        found_class = answer["predictions"][0]["class_name"]
    except (KeyError, IndexError, TypeError):
        return "not a prediction"
    if found_version != model_version:
        return f"model version {found_version}, not {model_version}"
    if found_class != photo.class_name:
        return "another class than the model itself gives"
    return None
