"""A part of the screen becomes a PNG among the user's pictures. Runs on workers."""

import io
import re
from pathlib import Path

from platformdirs import user_pictures_path

from cluster.atomic_file import replace_file

_MAX_NUMBER = 1000

Box = tuple[float, float, float, float]


class PictureNotSavedError(Exception):
    """The file could not be written; the message says what to do."""


def find_pictures_dir() -> Path:
    """Return the folder in which the user's pictures lie; it may not exist yet."""
    return user_pictures_path()


def name_picture(*parts: str) -> str:
    """Return a file's name (without its ending) that tells what the picture shows."""
    words = (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
    return "-".join(["leafray", *filter(None, words)])


def save_part(screen_path: Path, box: Box, folder: Path, name: str) -> Path:
    """Cut a part out of a screenshot, which is removed, and save it under a name that is free.

    ``box`` holds its left, upper, right and lower edge as shares of the screen: on some screens
    a picture has more pixels than the window says.

    Raises:
        PictureNotSavedError: the screenshot cannot be read, or the folder not be written.
    """
    from PIL import Image

    try:
        with Image.open(screen_path) as screen:
            left, upper, right, lower = box
            edges = (
                round(left * screen.width),
                round(upper * screen.height),
                round(right * screen.width),
                round(lower * screen.height),
            )
            part = screen.convert("RGB").crop(edges)
        content = io.BytesIO()
        part.save(content, format="PNG")
        folder.mkdir(parents=True, exist_ok=True)
        path = _find_free(folder, name)
        replace_file(path, content.getvalue())
    except OSError as error:
        raise PictureNotSavedError(
            f"The picture could not be saved in {folder} ({error.strerror or error}). Make room "
            "or make the folder writable, then save it again."
        ) from error
    finally:
        screen_path.unlink(missing_ok=True)
    return path


def _find_free(folder: Path, name: str) -> Path:
    for number in range(1, _MAX_NUMBER):
        path = folder / (f"{name}.png" if number == 1 else f"{name}-{number}.png")
        if not path.exists():
            return path
    raise PictureNotSavedError(f"{folder} holds {_MAX_NUMBER} pictures of this kind; move some.")
