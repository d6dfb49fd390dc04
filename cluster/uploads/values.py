"""What an upload is: plain values, and the decisions on them."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

DUPLICATE = "duplicate"
ALREADY_STORED = "already_stored"
REFUSED_BY_REVIEWER = "refused_by_reviewer"
# Rejected for what was said of the photograph, not for what it is: another label mends that.
CORRECTABLE = frozenset({"unlabelled", "unknown_label", "conflicting_labels", REFUSED_BY_REVIEWER})


class UploadStatus(StrEnum):
    """Where an upload stands."""

    RECEIVING = "receiving"
    CHECKING = "checking"
    CHECKED = "checked"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing changes it any more, so that its quarantine can go."""
        return self in (UploadStatus.ACCEPTED, UploadStatus.DISCARDED, UploadStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One upload; the counts are of the files checked so far, ``total`` of all that came.

    ``created_at`` is an ISO time in UTC, ``reason`` says why it failed, or why checking waits.
    """

    upload_id: str
    status: UploadStatus
    created_at: str
    created_by: str
    total: int = 0
    accepted: int = 0
    rejected: int = 0
    suspicious: int = 0
    reason: str | None = None

    @property
    def checked(self) -> int:
        """How many files were checked."""
        return self.accepted + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadItem:
    """One file of an upload and what the check found.

    ``sha256`` is empty for a file that could not be read whole. ``code`` and ``reason`` say why it
    is not accepted. A suspicious item is one whose label the model contradicts with confidence.
    ``group_id`` joins the photographs of one leaf.
    """

    name: str
    sha256: str
    class_name: str | None
    is_accepted: bool
    code: str | None = None
    reason: str | None = None
    is_suspicious: bool = False
    predicted_class_name: str | None = None
    predicted_probability: float | None = None
    group_id: str = ""
    source: str = "upload"
    difference_hash: str | None = None
    """Of `models.near_duplicates`, in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """One file that came; with a code it was not kept, and the reason says why."""

    name: str
    sha256: str
    num_bytes: int
    code: str | None = None
    reason: str | None = None


def reject(item: UploadItem, code: str, reason: str) -> UploadItem:
    """Return the item as one that is not accepted."""
    return replace(item, is_accepted=False, is_suspicious=False, code=code, reason=reason)


def hash_items(items: Iterable[UploadItem]) -> str:
    """Return what names photographs with their labels, in whatever order they come."""
    lines = sorted(f"{item.sha256} {item.class_name}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def count_items(upload: Upload, items: Iterable[UploadItem]) -> Upload:
    """Return the upload with the counts of its items."""
    accepted = rejected = suspicious = 0
    for item in items:
        accepted += item.is_accepted
        rejected += not item.is_accepted
        suspicious += item.is_suspicious
    return replace(upload, accepted=accepted, rejected=rejected, suspicious=suspicious)


def correct_items(
    items: Sequence[UploadItem], sha256: str, class_name: str | None
) -> list[UploadItem] | None:
    """Give one photograph another class, or refuse it (no class); a person has looked at it.

    Returns:
        The items with the corrected one; None if none with this hash can be corrected.
    """
    places = (
        index
        for index, item in enumerate(items)
        if item.sha256 == sha256 and (item.is_accepted or item.code in CORRECTABLE)
    )
    index = next(places, None)
    if index is None:
        return None
    item = items[index]
    if class_name is None:
        corrected = reject(item, REFUSED_BY_REVIEWER, "refused by a person who reviewed the upload")
    else:
        corrected = replace(
            item, class_name=class_name, is_accepted=True, is_suspicious=False, code=None,
            reason=None,
        )  # fmt: skip
    return [*items[:index], corrected, *items[index + 1 :]]


def refuse_stored(items: Sequence[UploadItem], stored: Collection[str]) -> list[UploadItem]:
    """Reject the accepted items whose photographs another upload has brought meanwhile."""
    return [
        reject(item, ALREADY_STORED, "the same photograph was accepted with another upload")
        if item.is_accepted and item.sha256 in stored
        else item
        for item in items
    ]
