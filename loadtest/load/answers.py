"""What is wrong with an answer: a status that is right proves nothing.

Pure. Each check takes status and body, and returns why it is not the right answer, or None.
"""

import json
from collections.abc import Callable, Sequence

from pydantic import BaseModel, ValidationError

from loadtest.photos import Photo, find_prediction_fault
from serve_app.schemas import UploadResponse

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
