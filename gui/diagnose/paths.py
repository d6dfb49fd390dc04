"""From what a person typed, pasted or passed to the photos that it names."""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gui.diagnose.photos import MAX_PHOTOS

MAX_TEXT_CHARS = 100_000
_MAX_SHOWN_CHARS = 104
_QUOTED = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)')\s*[;,]?""")


def split_paths(text: str) -> tuple[Path, ...]:
    """Return the paths in ``text``, in order, without repeats.

    Several are parted by a new line or ``;``, or each is quoted. ``file://`` addresses, as file
    managers copy them, are understood; blanks belong to a path, as people's folders have them.
    """
    text = text[:MAX_TEXT_CHARS].strip()
    quoted = [first or second for first, second in _QUOTED.findall(text)]
    is_all_quoted = bool(quoted) and not _QUOTED.sub("", text).strip()
    parts = quoted if is_all_quoted else re.split(r"[;\r\n]+", text)
    paths = (_to_path(part.strip().strip("\"'")) for part in parts if part.strip())
    return tuple(dict.fromkeys(paths))


def find_photos(paths: Iterable[Path]) -> tuple[tuple[Path, ...], str | None]:
    """Expand folders; say in words what could not be used (None if everything could).

    Reads the disk: called by a worker. Stops a little above ``MAX_PHOTOS``.
    """
    # Imported here because Pillow and numpy would double the time to the first frame.
    from models.images import list_images

    found: list[Path] = []
    problems: list[str] = []
    for path in paths:
        try:
            if not path.exists():
                problems.append(f"{_shorten(path)} does not exist. Check the path and try again.")
                continue
            photos = list_images([path])
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problems.append(f"{_shorten(path)} cannot be opened ({reason}). Check its permissions.")
            continue
        if not photos:
            problems.append(
                f"There are no photos in {_shorten(path)}. Choose a folder that holds some."
            )
        found.extend(photos)
        if len(found) > MAX_PHOTOS:
            break
    problem = problems[0] if problems else None
    if len(problems) > 1:
        problem = f"{problems[0]} ({len(problems) - 1} more could not be used.)"
    return tuple(dict.fromkeys(found)), problem


def _shorten(path: Path) -> str:
    """Return the path, its middle left out if the banner could not hold it."""
    text = str(path)
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:40]}...{text[-60:]}"


def _to_path(part: str) -> Path:
    if part.startswith("file://"):
        part = unquote(urlsplit(part).path)
    path = Path(part)
    try:
        return path.expanduser()
    except RuntimeError:
        # "~nobody" names no user here; the look-up will say that it does not exist.
        return path
