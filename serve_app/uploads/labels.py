"""Which class a photograph is of: by the folder that it lies in, or by ``labels.csv``."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from models.images import ImageError
from models.labels import UnknownLabelError, find_label
from serve_app.uploads.names import clean_name

_HEADER = ("path", "label")
_MAX_ROWS = 50_000
_DELIMITERS = ",;\t"
# Spellings are looked up once each: the hint for an unknown one takes a millisecond.
_MAX_SPELLINGS = 4096


class LabelFileError(Exception):
    """A label file that cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """The labels of a file: each path, as in the upload, with the spellings given for it."""

    spellings: Mapping[str, tuple[str, ...]]


def parse_label_file(content: bytes, name: str) -> LabelFile:
    """Read a CSV with the columns path and label; paths are as seen from its folder.

    Raises:
        LabelFileError: it is no such table.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LabelFileError("labels.csv is not in UTF-8; save it as CSV UTF-8") from None
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    folder = PurePosixPath(clean_name(name)).parent
    spellings: dict[str, tuple[str, ...]] = {}
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = {(column or "").strip().casefold(): column for column in reader.fieldnames or ()}
        if not set(_HEADER) <= set(columns):
            raise LabelFileError("labels.csv lacks a column; its first line must be: path,label")
        for number, row in enumerate(reader, start=2):
            if number > _MAX_ROWS:
                raise LabelFileError(f"labels.csv has more than {_MAX_ROWS} lines; split it")
            path, label = (str(row[columns[column]] or "").strip() for column in _HEADER)
            if not path or not label:
                raise LabelFileError(f"labels.csv, line {number}: path and label must be given")
            place = str(folder / clean_name(path))
            spellings[place] = (*spellings.get(place, ()), label)
    except csv.Error as error:
        raise LabelFileError(f"labels.csv is no table ({error}); save it as CSV") from None
    return LabelFile(spellings=spellings)


def find_class_name(name: str, label_file: LabelFile | None) -> str:
    """Return the class of a photograph by its name.

    Raises:
        ImageError: codes `unlabelled`, `unknown_label`, `conflicting_labels`.
    """
    written = _find_written(name, label_file)
    folders = list(reversed(PurePosixPath(name).parts[:-1]))
    by_folder = next((found for folder in folders if (found := _find(folder)[0])), None)
    if written is not None:
        if by_folder is not None and by_folder != written:
            raise ImageError(
                "conflicting_labels",
                f"labels.csv says {written}, its folder says {by_folder}; keep the right one",
            )
        return written
    if by_folder is not None:
        return by_folder
    if folders:
        raise ImageError("unknown_label", f"its folder names no class: {_find(folders[0])[1]}")
    raise ImageError(
        "unlabelled",
        "it has no label; put it into a folder named after its class, or name it in labels.csv",
    )


def _find_written(name: str, label_file: LabelFile | None) -> str | None:
    spellings = label_file.spellings.get(name, ()) if label_file is not None else ()
    classes = [_find(spelling) for spelling in spellings]
    for class_name, problem in classes:
        if class_name is None:
            raise ImageError("unknown_label", f"labels.csv: {problem}")
    names = sorted({class_name for class_name, _ in classes if class_name is not None})
    if len(names) > 1:
        raise ImageError(
            "conflicting_labels", f"labels.csv says {' and '.join(names)}; keep the right one"
        )
    return names[0] if names else None


@lru_cache(maxsize=_MAX_SPELLINGS)
def _find(spelling: str) -> tuple[str | None, str]:
    """Return the class that a spelling names, or None and why not."""
    try:
        return find_label(spelling).class_name, ""
    except UnknownLabelError as error:
        return None, str(error)
