"""From uploads as they lie on the disk to what callers are told."""

import csv
import dataclasses
import io
from collections.abc import Iterable, Sequence

from cluster.uploads.values import Upload, UploadItem
from serve_app.schemas import (
    ItemsQuery,
    RejectedFile,
    RejectionList,
    UploadedImage,
    UploadedImages,
    UploadResponse,
)

# A spreadsheet takes a cell that begins so for a formula, and the names are strangers'.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_upload_response(upload: Upload) -> UploadResponse:
    """Return what to tell of an upload."""
    return UploadResponse.model_validate({**dataclasses.asdict(upload), "checked": upload.checked})


def to_rejections(items: Iterable[UploadItem]) -> RejectionList:
    """Return the items that are not accepted."""
    return RejectionList(
        tuple(
            RejectedFile(name=item.name, code=item.code or "", reason=item.reason or "")
            for item in items
            if not item.is_accepted
        )
    )


def to_csv(rejections: RejectionList) -> str:
    """Return the same as a table for spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("name", "code", "reason"))
    for row in rejections.root:
        writer.writerow(_defuse(cell) for cell in (row.name, row.code, row.reason))
    return text.getvalue()


def to_items(items: Sequence[UploadItem], query: ItemsQuery) -> UploadedImages:
    """Return one page of the items that a question asks for."""
    chosen = [item for item in items if _is_chosen(item, query.only)]
    page = chosen[query.offset : query.offset + query.limit]
    return UploadedImages(total=len(chosen), items=tuple(to_item(item) for item in page))


def to_item(item: UploadItem) -> UploadedImage:
    """Return what to tell of one item."""
    return UploadedImage.model_validate(dataclasses.asdict(item))


def _is_chosen(item: UploadItem, only: str) -> bool:
    match only:
        case "accepted":
            return item.is_accepted
        case "rejected":
            return not item.is_accepted
        case "suspicious":
            return item.is_suspicious
    return True


def _defuse(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
