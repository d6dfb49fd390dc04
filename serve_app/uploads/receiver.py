"""Receiving uploads: the bodies of requests go to the disk piece by piece, on threads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from cluster.uploads.inbox import UploadInbox, create_upload, receive_whole
from cluster.uploads.store import UploadStore
from cluster.uploads.values import Upload, UploadStatus
from serve_app.errors import BusyError, ConflictError, InvalidRequestError, ServiceError
from serve_app.layers.refusals import has_body
from serve_app.routes.platform_errors import DiskFullError
from serve_app.routes.questions import get_media_type, wrong_type
from serve_app.uploads.form import HOW, ZIP_SIGNATURES, UploadForm
from serve_app.uploads.limits import UploadLimits

_FORM_TYPE = "multipart/form-data"
_ZIP_TYPES = frozenset({"application/zip", "application/x-zip-compressed"})
# One trip to a thread for so many bytes: 64 KiB, as they come, would cost a tenth more.
_PIECE_BYTES = 256 * 1024


class UploadReceiver:
    """Takes what requests bring, a few at a time."""

    def __init__(
        self, store: UploadStore, limits: UploadLimits, get_free_bytes: Callable[[], int]
    ) -> None:
        self._store = store
        self._limits = limits
        self._get_free_bytes = get_free_bytes
        self._num_receiving = 0

    async def receive_new(self, request: Request, created_by: str) -> Upload:
        """Make an upload of a request's body; of none, one that takes files by further requests.

        A request that does not come to its end leaves nothing.

        Raises:
            ServiceError: the body cannot be used, is too large or too slow, or there is no room.
        """
        await asyncio.to_thread(self._check_unfinished)
        if not has_body(request.scope):
            return await asyncio.to_thread(create_upload, self._store, created_by)
        async with self._place(request) as stack:
            manager = receive_whole(self._store, created_by)
            upload, inbox = await asyncio.to_thread(stack.enter_context, manager)
            has_archive = await self._read(request, inbox)
            if not has_archive and not inbox.num_files:
                raise InvalidRequestError(f"The form holds no image: {HOW}.", code="no_image")
        return upload

    async def receive_into(self, request: Request, upload_id: str) -> Upload:
        """Add the files of a form to an upload; those that came whole stay if it breaks off.

        Raises:
            ServiceError: as ``receive_new``; or the upload takes no more files.
            cluster.errors.UploadError: there is no such upload.
        """
        upload = await asyncio.to_thread(self._store.get, upload_id)
        if upload.status is not UploadStatus.RECEIVING:
            raise ConflictError(
                f"The upload {upload_id} is {upload.status} and takes no more files: create "
                "another one.",
                code="wrong_state",
            )
        async with self._place(request) as stack:
            inbox = UploadInbox(self._store.layout, upload_id)
            await asyncio.to_thread(stack.enter_context, inbox)
            await self._read(request, inbox)
        return upload

    @asynccontextmanager
    async def _place(self, request: Request) -> AsyncIterator[ExitStack]:
        if self._num_receiving >= self._limits.max_receiving:
            raise BusyError(
                "Enough uploads are coming in already: send it again in a few seconds.",
                retry_after_s=5,
            )
        self._check_room(int(request.headers.get("content-length", 0)))
        self._num_receiving += 1
        try:
            with ExitStack() as stack:
                yield stack
        finally:
            self._num_receiving -= 1

    async def _read(self, request: Request, inbox: UploadInbox) -> bool:
        """Return whether a zip came."""
        media_type = get_media_type(request)
        if media_type in _ZIP_TYPES:
            await self._read_archive(request, inbox)
            return True
        if media_type != _FORM_TYPE:
            raise wrong_type(media_type, HOW)
        form = UploadForm(request.headers["content-type"], inbox, self._limits)
        try:
            async for piece in _in_pieces(request):
                self._check_room(len(piece))
                await asyncio.to_thread(form.write, piece)
            form.finish()
        finally:
            form.close()
        return form.has_archive

    async def _read_archive(self, request: Request, inbox: UploadInbox) -> None:
        part = inbox.create_part()
        try:
            async for piece in _in_pieces(request):
                self._check_room(len(piece))
                await asyncio.to_thread(part.write, piece)
            if not part.head.startswith(ZIP_SIGNATURES):
                raise InvalidRequestError(f"The body is no zip: {HOW}.", code="not_a_zip")
            inbox.keep_archive(part)
        finally:
            part.drop()

    def _check_unfinished(self) -> None:
        uploads = self._store.list_uploads()
        if sum(not upload.status.is_final for upload in uploads) >= self._limits.max_unfinished:
            raise ConflictError(
                f"{self._limits.max_unfinished} uploads wait to be accepted or discarded: finish "
                "some of them first.",
                code="too_many_uploads",
            )

    def _check_room(self, num_bytes: int) -> None:
        if self._get_free_bytes() < self._limits.min_free_bytes + num_bytes:
            raise DiskFullError


async def _in_pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in pieces of a size that is worth a trip to a thread."""
    pieces = bytearray()
    try:
        async for piece in request.stream():
            pieces += piece
            if len(pieces) >= _PIECE_BYTES:
                yield bytes(pieces)
                pieces.clear()
    except (ClientDisconnect, ServiceError):
        # The files that came whole need not be sent again.
        yield bytes(pieces)
        raise
    yield bytes(pieces)
