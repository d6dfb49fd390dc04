"""The routes of uploads. A caller needs a key that may contribute."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request
from fastapi.responses import Response
from starlette.types import Scope

from cluster.audit import append_entry, make_entry
from cluster.keys import Role
from cluster.uploads.inbox import finish_receiving
from cluster.uploads.store import UploadStore
from cluster.uploads.values import hash_items
from models.labels import UnknownLabelError, find_label
from serve_app.errors import InvalidRequestError
from serve_app.routes.openapi import UPLOAD_BODY, describe_errors
from serve_app.routes.questions import needs_role, refuse_query, to_json
from serve_app.schemas import (
    SHA256_PATTERN,
    Correction,
    ItemsQuery,
    MissingAnswer,
    MissingQuestion,
    RejectionList,
    RejectionsQuery,
    UploadedImage,
    UploadedImages,
    UploadedPicture,
    UploadList,
    UploadQuery,
    UploadResponse,
)
from serve_app.uploads.answers import (
    to_csv,
    to_item,
    to_items,
    to_rejections,
    to_upload_response,
)
from serve_app.uploads.parts import UploadParts
from serve_app.uploads.pictures import make_picture

_PATH = "/v1/uploads"
_FILES = "/files"
_NO_QUERY = [Depends(refuse_query)]


def brings_files(scope: Scope) -> bool:
    """Tell whether the body of a request is one of files, to be streamed to the disk."""
    path: str = scope["path"]
    is_files = path.startswith(f"{_PATH}/") and path.endswith(_FILES)
    return scope["method"] == "POST" and (path == _PATH or is_files)


def add_upload_routes(api: FastAPI, parts: UploadParts) -> None:
    """Add the routes to an application."""
    router = APIRouter(
        prefix=_PATH,
        dependencies=needs_role(Role.CONTRIBUTE),
        responses=describe_errors(404, 409, 507),
    )
    _add_receiving(router, parts)
    _add_reading(router, parts.store)
    _add_deciding(router, parts.store)
    api.include_router(router)


def _add_receiving(router: APIRouter, parts: UploadParts) -> None:
    store, receiver, checker = parts.store, parts.receiver, parts.checker

    @router.post(
        "",
        status_code=HTTPStatus.ACCEPTED,
        response_model=UploadResponse,
        dependencies=_NO_QUERY,
        openapi_extra=UPLOAD_BODY,
    )
    async def create(request: Request) -> Response:
        """Upload photographs or one zip; with no body, begin an upload of several requests."""
        upload = await receiver.receive_new(request, request.state.api_key.name)
        await asyncio.to_thread(_record, request, store, "create_upload", upload.upload_id)
        checker.nudge()
        return to_json(to_upload_response(upload), status=HTTPStatus.ACCEPTED)

    @router.post("/{upload_id}/missing", dependencies=_NO_QUERY)
    def list_missing(upload_id: str, question: MissingQuestion) -> MissingAnswer:
        """Tell which files the upload does not have yet: those are to be sent, again or first."""
        store.get(upload_id)
        missing = (
            sha256
            for sha256 in dict.fromkeys(question.sha256)
            if not store.layout.quarantine_path(upload_id, sha256).exists()
        )
        return MissingAnswer(sha256=tuple(missing))

    @router.post(
        "/{upload_id}/files",
        response_model=UploadResponse,
        dependencies=_NO_QUERY,
        openapi_extra=UPLOAD_BODY,
    )
    async def add_files(request: Request, upload_id: str) -> Response:
        """Add files to an upload; if the connection breaks, those that came whole stay."""
        return to_json(to_upload_response(await receiver.receive_into(request, upload_id)))

    @router.post("/{upload_id}/finish", status_code=HTTPStatus.ACCEPTED, dependencies=_NO_QUERY)
    def finish(upload_id: str) -> UploadResponse:
        """Say that all files were sent: their check begins."""
        upload = finish_receiving(store, upload_id)
        checker.nudge()
        return to_upload_response(upload)


def _add_reading(router: APIRouter, store: UploadStore) -> None:
    @router.get("")
    def list_all(query: Annotated[UploadQuery, Query()]) -> UploadList:
        """List uploads, the newest first."""
        uploads = store.list_uploads()[: query.limit]
        return UploadList(tuple(to_upload_response(upload) for upload in uploads))

    @router.get("/{upload_id}", dependencies=_NO_QUERY)
    def get(upload_id: str) -> UploadResponse:
        """Tell where an upload stands."""
        return to_upload_response(store.get(upload_id))

    @router.get("/{upload_id}/rejections", response_model=RejectionList)
    def list_rejections(upload_id: str, query: Annotated[RejectionsQuery, Query()]) -> Response:
        """List what is not accepted, with reasons, as JSON or as a table."""
        rejections = to_rejections(store.list_items(upload_id))
        if query.format == "json":
            return to_json(rejections)
        headers = {"Content-Disposition": f'attachment; filename="{upload_id}-rejections.csv"'}
        return Response(to_csv(rejections), media_type="text/csv", headers=headers)

    @router.get("/{upload_id}/items")
    def list_items(upload_id: str, query: Annotated[ItemsQuery, Query()]) -> UploadedImages:
        """List the files of an upload for review."""
        return to_items(store.list_items(upload_id), query)

    @router.get("/{upload_id}/items/{sha256}/picture", dependencies=_NO_QUERY)
    def get_picture(
        upload_id: str, sha256: Annotated[str, Path(pattern=SHA256_PATTERN)]
    ) -> UploadedPicture:
        """Return a small copy of a photograph, for who reviews its label."""
        store.get(upload_id)
        path = store.layout.quarantine_path(upload_id, sha256)
        jpeg = make_picture(path, keeper=f"The upload {upload_id}")
        return UploadedPicture(sha256=sha256, jpeg=jpeg)


def _add_deciding(router: APIRouter, store: UploadStore) -> None:
    @router.patch("/{upload_id}/items/{sha256}", dependencies=_NO_QUERY)
    def correct(
        request: Request, upload_id: str, sha256: str, correction: Correction
    ) -> UploadedImage:
        """Give a photograph its right class, or null to leave it out."""
        class_name = correction.class_name
        try:
            class_name = None if class_name is None else find_label(class_name).class_name
        except UnknownLabelError as error:
            raise InvalidRequestError(f"{error}.", code="unknown_label") from None
        item = store.correct(upload_id, sha256, class_name)
        detail = f"{item.name}: {class_name or 'left out'}"
        _record(request, store, "correct_label", upload_id, detail=detail, data_hash=sha256)
        return to_item(item)

    @router.post("/{upload_id}/accept", dependencies=_NO_QUERY)
    def accept(request: Request, upload_id: str) -> UploadResponse:
        """Take the accepted photographs into the data; what was rejected is deleted."""
        upload = store.accept(upload_id)
        _record(
            request,
            store,
            "accept_upload",
            upload_id,
            detail=f"{upload.accepted} accepted, {upload.rejected} rejected",
            data_hash=hash_items(store.list_accepted(upload_id)),
        )
        return to_upload_response(upload)

    @router.delete("/{upload_id}", dependencies=_NO_QUERY)
    def discard(request: Request, upload_id: str) -> UploadResponse:
        """Give an upload up and delete its photographs."""
        upload = store.discard(upload_id)
        _record(request, store, "discard_upload", upload_id)
        return to_upload_response(upload)


def _record(
    request: Request,
    store: UploadStore,
    action: str,
    upload_id: str,
    *,
    detail: str = "",
    data_hash: str | None = None,
) -> None:
    """Write a line into the audit trail: who did what to which photographs."""
    actor = f"key:{request.state.api_key.name}"
    entry = make_entry(action, upload_id, actor=actor, detail=detail, data_hash=data_hash)
    append_entry(store.layout.audit_path, entry)
