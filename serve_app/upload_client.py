"""Uploads as calls of the client: photographs to learn from, their check, what people decide."""

import time
from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, TypeVar

import httpx2
from pydantic import BaseModel

from serve_app.batch_form import OnProgress, count_upload, split_batches
from serve_app.schemas import (
    MAX_HASHES,
    ItemsQuery,
    MissingAnswer,
    RejectedFile,
    RejectionList,
    UploadedImage,
    UploadedImages,
    UploadedPicture,
    UploadList,
    UploadResponse,
)

_PATH = "/v1/uploads"
# A poor connection loses one such request at most, and then sends only what did not come.
_FILES_PER_REQUEST = 64
_BYTES_PER_REQUEST = 4 * 1024 * 1024
_POLL_S = 0.5
_AT_WORK = frozenset({"receiving", "checking"})
_LABELS_NAME = "labels.csv"

_AnswerT = TypeVar("_AnswerT", bound=BaseModel)


class Openable(Protocol):
    """A path, or what gives the bytes of a file that has none, such as one inside a zip."""

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        """Open the file for reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """One file to send: its name says the label by its folder."""

    name: str
    path: Openable
    sha256: str
    num_bytes: int


class Ask(Protocol):
    """Sends a request, again where that can help, and reads its answer."""

    def __call__(
        self,
        answer_type: type[_AnswerT],
        build: Callable[[], httpx2.Request],
        *,
        attempts: int | None = None,
    ) -> _AnswerT:
        """Return the answer; raises ``serve_app.client.ClientError``."""


class UploadCalls:
    """What `LeafrayClient.uploads` offers; every call raises as `LeafrayClient.predict` does."""

    def __init__(self, ask: Ask, build_request: Callable[..., httpx2.Request]) -> None:
        self._ask = ask
        self._build_request = build_request

    def begin(self) -> UploadResponse:
        """Make an upload that takes files by several requests."""
        return self._call(UploadResponse, "POST", "")

    def list_missing(self, upload_id: str, files: Sequence[UploadFile]) -> list[UploadFile]:
        """Return the files whose content the upload does not have yet."""
        missing: set[str] = set()
        for start in range(0, len(files), MAX_HASHES):
            hashes = [file.sha256 for file in files[start : start + MAX_HASHES]]
            path = f"/{upload_id}/missing"
            missing |= set(self._call(MissingAnswer, "POST", path, json={"sha256": hashes}).sha256)
        return [file for file in files if file.sha256 in missing]

    def send_files(
        self,
        upload_id: str,
        files: Sequence[UploadFile],
        *,
        labels: Path | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Send the files that the upload does not have yet; after a break, call it again.

        ``labels`` is a CSV with the columns path and label; its paths are the files' names.
        """
        missing = self.list_missing(upload_id, files)
        num_bytes = sum(file.num_bytes for file in files)
        num_sent = num_bytes - sum(file.num_bytes for file in missing)
        if labels is not None:
            self._send(f"/{upload_id}/files", [(_LABELS_NAME, labels)])
        sizes = [file.num_bytes for file in missing]
        spans = split_batches(sizes, max_photos=_FILES_PER_REQUEST, max_bytes=_BYTES_PER_REQUEST)
        for span in spans:
            batch = missing[span]
            self._send(f"/{upload_id}/files", [(file.name, file.path) for file in batch])
            num_sent += sum(file.num_bytes for file in batch)
            if on_progress is not None:
                on_progress(num_sent, num_bytes)

    def finish(self, upload_id: str) -> UploadResponse:
        """Say that all files were sent: the check begins."""
        return self._call(UploadResponse, "POST", f"/{upload_id}/finish")

    def send_archive(
        self, path: Path, *, labels: Path | None = None, on_progress: OnProgress | None = None
    ) -> UploadResponse:
        """Upload a zip by one request; a connection that breaks begins it anew."""
        named = [] if labels is None else [(_LABELS_NAME, labels)]
        return self._send("", [*named, (path.name, path)], on_progress)

    def wait_until_checked(
        self,
        upload_id: str,
        *,
        timeout_s: float = 3600.0,
        on_progress: Callable[[UploadResponse], None] | None = None,
    ) -> UploadResponse:
        """Return the upload when its check has ended, or as it is after the time."""
        until_s = time.monotonic() + timeout_s
        while True:
            upload = self.get(upload_id)
            if on_progress is not None:
                on_progress(upload)
            if upload.status not in _AT_WORK or time.monotonic() > until_s:
                return upload
            time.sleep(_POLL_S)

    def get(self, upload_id: str) -> UploadResponse:
        """Return where an upload stands."""
        return self._call(UploadResponse, "GET", f"/{upload_id}")

    def list_all(self) -> tuple[UploadResponse, ...]:
        """Return the newest uploads."""
        return self._call(UploadList, "GET", "").root

    def list_rejections(self, upload_id: str) -> tuple[RejectedFile, ...]:
        """Return what is not accepted, and why."""
        return self._call(RejectionList, "GET", f"/{upload_id}/rejections").root

    def list_items(self, upload_id: str, query: ItemsQuery | None = None) -> UploadedImages:
        """Return some of the files, for review."""
        params = (query or ItemsQuery()).model_dump()
        return self._call(UploadedImages, "GET", f"/{upload_id}/items", params=params)

    def get_picture(self, upload_id: str, sha256: str) -> bytes:
        """Return a small copy of a photograph that waits for review, a JPEG."""
        path = f"/{upload_id}/items/{sha256}/picture"
        return b64decode(self._call(UploadedPicture, "GET", path).jpeg)

    def correct(self, upload_id: str, sha256: str, class_name: str | None) -> UploadedImage:
        """Give a photograph its right class; None leaves it out."""
        path = f"/{upload_id}/items/{sha256}"
        return self._call(UploadedImage, "PATCH", path, json={"class_name": class_name})

    def accept(self, upload_id: str) -> UploadResponse:
        """Take the accepted photographs into the data."""
        return self._call(UploadResponse, "POST", f"/{upload_id}/accept")

    def discard(self, upload_id: str) -> UploadResponse:
        """Give an upload up."""
        return self._call(UploadResponse, "DELETE", f"/{upload_id}")

    def _call(
        self, answer_type: type[_AnswerT], method: str, path: str, **options: Any
    ) -> _AnswerT:
        return self._ask(
            answer_type, lambda: self._build_request(method, f"{_PATH}{path}", **options)
        )

    def _send(
        self,
        path: str,
        files: Sequence[tuple[str, Openable]],
        on_progress: OnProgress | None = None,
    ) -> UploadResponse:
        with ExitStack() as stack:

            def build() -> httpx2.Request:
                stack.pop_all().close()  # of the attempt before
                form = [
                    ("file", (_to_unicode(name), stack.enter_context(file_path.open("rb"))))
                    for name, file_path in files
                ]
                request = self._build_request("POST", f"{_PATH}{path}", files=form)
                if on_progress is not None:
                    count_upload(request, on_progress)
                return request

            return self._ask(UploadResponse, build)


def _to_unicode(name: str) -> str:
    """Return a name that a header can carry; a file system may hold ones that are no Unicode."""
    return name.encode("utf-8", "replace").decode("utf-8")
