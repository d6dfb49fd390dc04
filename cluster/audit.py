"""The audit trail: who did what to data and models, one JSON object a line, only ever appended to.

A line is one ``write`` to a file opened with ``O_APPEND``, under a lock, and is on the disk before
the call returns: writers of several processes do not mix, and a power cut damages the last line at
most. A damaged line is stepped over; the next entry starts on a line of its own.
"""

import fcntl
import getpass
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

_MAX_FILE_BYTES = 256 * 1024**2
_MAX_DETAIL_CHARS = 2000


class AuditEntry(BaseModel):
    """One step: what was done to what, by whom, and the figures before and after."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    at: str
    """ISO 8601, UTC."""
    actor: str
    action: str
    """A verb with its object, such as ``promote_model``, ``accept_upload``, ``start_run``."""
    subject: str
    """The model version, run or upload concerned."""
    outcome: str = "done"
    """``started``, ``done``, ``refused`` or ``failed``."""
    detail: str = ""
    data_hash: str | None = None
    """The dataset version or content hash that it rests on."""
    code_commit: str | None = None
    before: dict[str, float | str | None] = {}
    after: dict[str, float | str | None] = {}


def append_entry(path: Path, entry: AuditEntry) -> None:
    """Write one entry; it is on the disk when this returns.

    Raises:
        OSError: it cannot be written.
    """
    line = entry.model_dump_json(exclude_defaults=True).encode() + b"\n"
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line  # what a power cut left unfinished
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_folder(path.parent)


def read_entries(path: Path, *, limit: int = 1000) -> list[AuditEntry]:
    """Return the last entries in the order in which they were written; damaged lines are left out.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _MAX_FILE_BYTES))
            lines = file.read(_MAX_FILE_BYTES).splitlines()
    except FileNotFoundError:
        return []
    entries: list[AuditEntry] = []
    for line in reversed(lines):
        if len(entries) == limit:
            break
        try:
            entries.append(AuditEntry.model_validate_json(line))
        except ValidationError:
            continue
    return entries[::-1]


def make_entry(
    action: str,
    subject: str,
    *,
    actor: str,
    outcome: str = "done",
    detail: str = "",
    data_hash: str | None = None,
    code_commit: str | None = None,
    before: Mapping[str, float | str | None] | None = None,
    after: Mapping[str, float | str | None] | None = None,
) -> AuditEntry:
    """Return an entry of this moment."""
    return AuditEntry(
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        actor=actor,
        action=action,
        subject=subject,
        outcome=outcome,
        detail=detail[:_MAX_DETAIL_CHARS],
        data_hash=data_hash,
        code_commit=code_commit,
        before=dict(before or {}),
        after=dict(after or {}),
    )


def find_actor() -> str:
    """Return who typed a command: the name of the user of this process."""
    try:
        return f"user:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as in a container
        return f"user:{os.getuid()}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
