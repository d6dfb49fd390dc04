"""The history on the disk: one SQLite file, bounded, whose oldest entries go first."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gui.diagnose.diagnosis_json import from_json, to_json
from gui.diagnose.history_events import Entry
from gui.diagnose.photos import Photo

MAX_ENTRIES = 5000
_VERSION = 1
_TIMEOUT_S = 5.0
_MAX_WORDS = 6
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL,
    at TEXT NOT NULL,
    words TEXT NOT NULL,
    answer TEXT NOT NULL,
    thumbnail BLOB,
    UNIQUE (path, words)
)
"""


class HistoryUnusableError(Exception):
    """The file cannot be read or written; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry and its thumbnail, a JPEG."""

    entry: Entry
    thumbnail: bytes | None


class HistoryFile:
    """Opened for each call, so that several windows may share it and nothing is held."""

    def __init__(self, path: Path, *, max_entries: int = MAX_ENTRIES) -> None:
        """Take where it lies; it is made with the first entry."""
        self.path = path
        self._max_entries = max_entries

    def add(self, photo: Photo, words: str, at: datetime, thumbnail: bytes | None) -> None:
        """Remember a diagnosed photo; the same photo with the same answer moves to the front.

        ``words`` is what the entry can be found by.

        Raises:
            HistoryUnusableError: the file cannot be written.
        """
        assert photo.diagnosis is not None  # noqa: S101 (for the type checker)
        row = (
            os.fsencode(photo.path),
            at.isoformat(),
            _fold(words),
            json.dumps(to_json(photo.diagnosis)),
            thumbnail,
        )
        with self._open() as database:
            database.execute(
                "INSERT OR REPLACE INTO entries (path, at, words, answer, thumbnail) "
                "VALUES (?, ?, ?, ?, ?)",
                row,
            )
            database.execute(
                "DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY id "
                "LIMIT max(0, (SELECT count(*) FROM entries) - ?))",
                (self._max_entries,),
            )

    def find(self, text: str, *, offset: int, limit: int) -> tuple[tuple[StoredEntry, ...], int]:
        """Return entries that hold every word of ``text``, the newest first, and how many do.

        Raises:
            HistoryUnusableError: the file cannot be read.
        """
        if not self.path.exists():
            return (), 0
        patterns = [f"%{_escape(word)}%" for word in _fold(text).split()[:_MAX_WORDS]]
        where = " AND ".join(["words LIKE ? ESCAPE '\\'"] * len(patterns)) or "1"
        with self._open() as database:
            (num_found,) = database.execute(
                f"SELECT count(*) FROM entries WHERE {where}",  # noqa: S608 (marks only)
                patterns,
            ).fetchone()
            rows = database.execute(
                f"SELECT id, path, at, answer, thumbnail FROM entries WHERE {where} "  # noqa: S608
                "ORDER BY id DESC LIMIT ? OFFSET ?",
                (*patterns, limit, offset),
            ).fetchall()
        return tuple(_to_stored(row) for row in rows), num_found

    def clear(self) -> None:
        """Take every entry away, and with them a file that cannot be read.

        Raises:
            HistoryUnusableError: the file cannot be removed.
        """
        try:
            for suffix in ("", "-journal"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise HistoryUnusableError(_say(self.path, error)) from error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_TIMEOUT_S)) as database:
                self.path.chmod(0o600)
                (version,) = database.execute("PRAGMA user_version").fetchone()
                if version not in (0, _VERSION):
                    raise HistoryUnusableError(
                        f"The history in {self.path} was written by another version of Leafray. "
                        "Clear it to begin a new one."
                    )
                with database:
                    database.execute(_SCHEMA)
                    database.execute(f"PRAGMA user_version = {_VERSION}")
                    yield database
        except (sqlite3.Error, OSError) as error:
            raise HistoryUnusableError(_say(self.path, error)) from error


def _to_stored(row: tuple[int, bytes, str, str, bytes | None]) -> StoredEntry:
    entry_id, path, at, answer, thumbnail = row
    try:
        entry = Entry(
            entry_id=entry_id,
            path=Path(os.fsdecode(path)),
            at=datetime.fromisoformat(at),
            diagnosis=from_json(json.loads(answer)),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise HistoryUnusableError(
            f"An entry of the history is damaged ({type(error).__name__}). Clear it to begin a new "
            "one."
        ) from error
    return StoredEntry(entry=entry, thumbnail=thumbnail)


def _say(path: Path, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return (
        f"The history in {path} cannot be used ({reason}). Photos are diagnosed all the same. "
        "Free some space or mend the folder's permissions; if it stays, clear the history."
    )


def _fold(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").casefold()


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
