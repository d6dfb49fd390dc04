"""What the tab knows of photographs and uploads: plain values."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

LEFT_OUT = "left_out"
# What only lacks a right label: a person can give it one.
LABEL_FAULTS = frozenset({"unlabelled", "unknown_label", "conflicting_labels", LEFT_OUT})
AT_WORK = frozenset({"receiving", "checking"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPhoto:
    """One file of a folder or zip, as it was looked at on this machine.

    ``name`` is its path from there. It is sent when it has a class and no ``fault``; a fault in
    ``LABEL_FAULTS`` goes when a person gives a label.
    """

    name: str
    sha256: str = ""
    num_bytes: int = 0
    class_name: str | None = None
    fault: str | None = None
    reason: str = ""

    @property
    def is_ready(self) -> bool:
        """It will be sent."""
        return self.class_name is not None and self.fault is None

    @property
    def is_picture(self) -> bool:
        """A person can look at it and give it a label."""
        return self.fault is None or self.fault in LABEL_FAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How much of an upload has come to the server; ``bytes_per_s`` None before it is known."""

    num_files: int
    total_files: int
    num_bytes: int
    total_bytes: int
    bytes_per_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload as the server tells of it; by itself, one that was just begun."""

    upload_id: str
    status: str = "receiving"
    created_at: datetime | None = None
    created_by: str = ""
    total: int = 0
    checked: int = 0
    accepted: int = 0
    rejected: int = 0
    suspicious: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that the server does not take, and why."""

    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A photograph whose label a person should look at; ``class_name`` is the one it has."""

    sha256: str
    name: str
    class_name: str | None
    predicted_class_name: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An upload from this machine that did not come to its end.

    ``labels`` are those given by hand, by the hash of the photograph; None: left out.
    """

    upload_id: str
    server_url: str
    source: Path
    labels_path: Path | None
    labels: dict[str, str | None]
