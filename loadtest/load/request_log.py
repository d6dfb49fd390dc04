"""What the users asked, one line each: written by Locust's process, read by ours."""

import csv
import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

REQUESTS_FILE = "requests.csv"
LEVELS_FILE = "levels.csv"
# The fault of a question that was due and whose user was stopped before it came to ask it.
NEVER_ASKED = "never asked: the user was behind when it was stopped"
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of a user, with all of its attempts; Unix seconds.

    `due_s` is when it was meant to be asked. `fault` is empty where the right answer came;
    `failures` are the attempts that failed, joined by `` | ``.
    """

    kind: str
    due_s: float
    sent_s: float
    ended_s: float
    num_photos: int
    fault: str = ""
    failures: str = ""

    @property
    def response_s(self) -> float:
        """Seconds from when it was meant to be asked."""
        return self.ended_s - self.due_s

    @property
    def service_s(self) -> float:
        """Seconds from when it was asked: what a closed loop would call the response time."""
        return self.ended_s - self.sent_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """From `at_s` on, so many users sent photographs."""

    at_s: float
    load: float
    num_users: int


class LogWriter:
    """Appends rows to a file; the columns stand in its first line."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file: IO[str] = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Append rows; they are on the disk when this returns."""
        self._writer.writerows(rows)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def list_columns(kind: type[Asked] | type[Level]) -> list[str]:
    """Return the columns of a file of such values."""
    return [field.name for field in dataclasses.fields(kind)]


def to_row(value: Asked | Level) -> Row:
    """Return a value as the cells of a line."""
    return tuple(
        f"{cell:.6f}" if isinstance(cell, float) else str(cell)
        for cell in dataclasses.astuple(value)
    )


def load_requests(path: Path) -> list[Asked]:
    """Read the questions, in the order in which they were due.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open(newline="", encoding="utf-8") as file:
        found = [
            Asked(
                kind=row["kind"],
                due_s=float(row["due_s"]),
                sent_s=float(row["sent_s"]),
                ended_s=float(row["ended_s"]),
                num_photos=int(row["num_photos"]),
                fault=row["fault"],
                failures=row["failures"],
            )
            for row in csv.DictReader(file)
        ]
    return sorted(found, key=lambda asked: asked.due_s)


def load_levels(path: Path) -> list[Level]:
    """Read the changes of the load.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Level(
                at_s=float(row["at_s"]),
                load=float(row["load"]),
                num_users=int(row["num_users"]),
            )
            for row in csv.DictReader(file)
        ]
