"""A set as a table for a spreadsheet."""

import csv
import io
from collections.abc import Sequence

from gui.diagnose.photos import Photo
from gui.diagnose.table import say_outcome, split_name
from gui.kit.words import as_sentence

_HEADINGS = (
    "file",
    "known",
    "crop",
    "condition",
    "probability",
    "class_name",
    "why_not",
    "model_version",
    "diagnosed_by",
    "path",
)
# A spreadsheet takes a cell that begins so for a formula and runs it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"


def to_csv(photos: Sequence[Photo]) -> str:
    """Return a line a photo; the nearest class of an unknown leaf stands in ``class_name``.

    Begins with a byte order mark, without which spreadsheets misread other scripts.
    """
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    for photo in photos:
        writer.writerow([_defuse(cell) for cell in _to_cells(photo)])
    return text.getvalue()


def _to_cells(photo: Photo) -> tuple[str, ...]:
    diagnosis = photo.diagnosis
    if diagnosis is None:
        why_not = photo.problem or as_sentence(say_outcome(photo))
        return (photo.path.name, "no", "", "", "", "", why_not, "", "", str(photo.path))
    crop, condition = split_name(diagnosis) if diagnosis.is_known else ("", "")
    best = diagnosis.top[0]
    return (
        photo.path.name,
        "yes" if diagnosis.is_known else "no",
        crop,
        condition,
        f"{best.probability:.4f}",
        best.class_name,
        "" if diagnosis.is_known else as_sentence(say_outcome(photo)),
        diagnosis.model_version,
        diagnosis.origin.value,
        str(photo.path),
    )


def _defuse(cell: str) -> str:
    """Return the cell as Unicode, and so that no spreadsheet runs it."""
    cell = cell.encode("utf-8", "replace").decode("utf-8")
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
