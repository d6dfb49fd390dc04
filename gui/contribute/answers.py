"""From what the server tells of uploads to the tab's own values."""

from collections.abc import Iterable

from gui.contribute.values import Doubtful, Refused, Upload
from serve_app.schemas import RejectedFile, UploadedImage, UploadResponse


def to_upload(answer: UploadResponse) -> Upload:
    """Return an upload."""
    return Upload(
        upload_id=answer.upload_id,
        status=answer.status,
        created_at=answer.created_at,
        created_by=answer.created_by,
        total=answer.total,
        checked=answer.checked,
        accepted=answer.accepted,
        rejected=answer.rejected,
        suspicious=answer.suspicious,
        reason=answer.reason,
    )


def to_refused(answers: Iterable[RejectedFile]) -> tuple[Refused, ...]:
    """Return refused files."""
    return tuple(
        Refused(name=answer.name, code=answer.code, reason=answer.reason) for answer in answers
    )


def to_doubtful(answers: Iterable[UploadedImage]) -> tuple[Doubtful, ...]:
    """Return photographs whose labels are to be looked at."""
    return tuple(
        Doubtful(
            sha256=answer.sha256,
            name=answer.name,
            class_name=answer.class_name,
            predicted_class_name=answer.predicted_class_name,
            reason=answer.reason or "",
        )
        for answer in answers
        if answer.sha256
    )
