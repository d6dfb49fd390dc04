"""Names that files bear in an upload: shown to people and read for labels, never used as paths."""

import unicodedata
from pathlib import PurePosixPath

from models.images import ImageError

MAX_NAME_CHARS = 512
_LABEL_FILE = "labels.csv"
# What systems put beside photographs of their own accord.
_LITTER = frozenset({"thumbs.db", "desktop.ini"})
_LITTER_FOLDERS = frozenset({"__MACOSX"})


def clean_name(name: str) -> str:
    """Return a name with plain slashes, composed letters and without control characters."""
    composed = unicodedata.normalize("NFC", name).replace("\\", "/")
    printable = "".join(char if char.isprintable() else "\ufffd" for char in composed)
    return printable.removeprefix("./")[-MAX_NAME_CHARS:]


def check_name(name: str) -> None:
    """Refuse a name that points out of its folder: whoever packs such a zip means harm.

    Raises:
        ImageError: code `unsafe_name`.
    """
    has_drive = len(name) > 1 and name[1] == ":"
    if name.startswith("/") or has_drive or ".." in name.split("/"):
        raise ImageError(
            "unsafe_name", "its name points out of the upload's folder; pack the folder again"
        )


def is_label_file(name: str) -> bool:
    """Tell whether this is the file that says which label each photograph has."""
    return PurePosixPath(name).name.casefold() == _LABEL_FILE


def is_litter(name: str) -> bool:
    """Tell whether a system put this file there, and nobody means it as a photograph."""
    path = PurePosixPath(name)
    is_hidden = path.name.startswith(".") and path.name not in (".", "..")
    return (
        is_hidden or path.name.casefold() in _LITTER or not _LITTER_FOLDERS.isdisjoint(path.parts)
    )
