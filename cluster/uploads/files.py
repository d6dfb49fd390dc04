"""The files of an upload: replaced in one step, or grown line by line.

A line that a dying process left half written is no line: it is skipped, and the next one that is
appended begins anew.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import TypeAdapter, ValidationError

from cluster.file_lock import LockTakenError, hold
from cluster.storage import Layout

STATE, LOCK, ITEMS, RECEIVED = "upload.json", "lock", "items.jsonl", "received.jsonl"
ARCHIVE, LABELS, STARTS = "archive.zip", "labels.csv", "starts"
_MADE_WHILE_RECEIVING = (RECEIVED, ARCHIVE, LABELS)

_T = TypeVar("_T")


def list_upload_ids(layout: Layout) -> list[str]:
    """Return the names of all upload folders, the newest last."""
    try:
        return sorted(child.name for child in layout.uploads_dir.iterdir() if child.is_dir())
    except FileNotFoundError:
        return []


def clear(layout: Layout, upload_id: str) -> None:
    """Delete what an upload brought, unless somebody writes there: `recover` does it later."""
    try:
        with hold(layout.upload_path(upload_id, LOCK)):
            shutil.rmtree(layout.quarantine_dir(upload_id), ignore_errors=True)
            for name in _MADE_WHILE_RECEIVING:
                layout.upload_path(upload_id, name).unlink(missing_ok=True)
    except LockTakenError:
        pass


def read_lines(path: Path, adapter: TypeAdapter[_T]) -> Iterator[_T]:
    """Yield the values of a file of JSON lines; none of a file that is not there."""
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    value = adapter.validate_json(line)
                except ValidationError:
                    continue
                yield value
    except FileNotFoundError:
        return


def open_lines(path: Path) -> BinaryIO:
    """Open a file of lines to append to it, unbuffered: a line is there when it was written."""
    file = path.open("ab", buffering=0)
    if file.tell() and not _ends_with_newline(path):
        file.write(b"\n")
    return file


def encode_line(adapter: TypeAdapter[_T], value: _T) -> bytes:
    """Return a value as one line of JSON."""
    return adapter.dump_json(value) + b"\n"


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
