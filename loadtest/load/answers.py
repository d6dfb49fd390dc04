"""What is wrong with an answer: a status that is right proves nothing.

Pure. Each `Check` takes status and body, and returns why it is not the right answer, or None.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from loadtest.patience import Failure
from loadtest.photos import Photo, find_prediction_fault
from serve_app.schemas import UploadResponse

_MAX_FAULT_CHARS = 200
Check = Callable[[int, bytes], str | None]


def check_batch(photos: Sequence[Photo], *, model_version: str) -> Check:
    """Every photograph of a batch has its prediction, in its place."""

    def find_fault(status: int, body: bytes) -> str | None:
        if status != 200:
            return f"status {status}"
        try:
            results = json.loads(body)["results"]
            num_results = len(results)
        except (ValueError, KeyError, TypeError):
            return "not a batch of predictions"
        if num_results != len(photos):
            return f"{num_results} results for {len(photos)} photographs"
        faults = (
            find_prediction_fault(result, photo=photo, model_version=model_version)
            for result, photo in zip(results, photos, strict=True)
        )
        return next((fault for fault in faults if fault is not None), None)

    return find_fault


def check_schema(answer_type: type[BaseModel]) -> Check:
    """The answer is what the contract says."""

    def find_fault(status: int, body: bytes) -> str | None:
        if status != 200:
            return f"status {status}"
        try:
            answer_type.model_validate_json(body)
        except ValidationError:
            return f"not a {answer_type.__name__}"
        return None

    return find_fault


def check_upload(*, status: int, num_files: int, upload_statuses: frozenset[str]) -> Check:
    """The upload stands where it should; once checked it has so many files, each of them judged."""

    def find_fault(found_status: int, body: bytes) -> str | None:
        if found_status != status:
            return f"status {found_status}"
        try:
            upload = UploadResponse.model_validate_json(body)
        except ValidationError:
            return "not an upload"
        if upload.status not in upload_statuses:
            return f"an upload that is {upload.status}"
        if upload.status == "checked" and upload.total != num_files:
            return f"an upload of {upload.total} files, not {num_files}"
        if upload.status == "checked" and upload.accepted + upload.rejected != num_files:
            return f"{upload.accepted} files accepted and {upload.rejected} rejected"
        return None

    return find_fault


def find_failure(answer: Any, check: Check) -> Failure | None:
    """Return why an attempt has no right answer; None where it has.

    `answer` is Locust's, which keeps a lost connection as its `error`.
    """
    error = getattr(answer, "error", None)
    status = getattr(error, "code", 0) or (0 if error else answer.status_code)
    if not status:
        return Failure(
            reason=f"connection lost: {type(error).__name__}",
            is_timeout=isinstance(error, TimeoutError),
        )
    body = answer.content or b""
    fault = check(status, body)
    if fault is None:
        return None
    told = "" if status < 400 else f": {body[:_MAX_FAULT_CHARS].decode('utf-8', 'replace')}"
    after = str(answer.headers.get("retry-after", "")) if answer.headers else ""
    return Failure(
        reason=fault + told,
        status=status,
        retry_after_s=float(after) if after.isdecimal() else None,
    )
