"""The photos of a request: its raw body, or the files of a multipart form."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from serve_app.errors import InvalidRequestError
from serve_app.routes.questions import get_media_type, wrong_type
from serve_app.schemas import MAX_BATCH_IMAGES, MAX_IMAGES

_HOW = "send the image's bytes with Content-Type image/jpeg, or a multipart form with image files"
_HOW_BATCH = "send a multipart form with image files"
_RAW_TYPES = frozenset({"", "application/octet-stream"})
_FORM_TYPE = "multipart/form-data"
_MAX_NAME_CHARS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPhoto:
    """One encoded photo of a form, and the file name that its sender gave it."""

    name: str
    image_bytes: bytes


async def read_photos(request: Request) -> list[bytes]:
    """Return the encoded photos of a request, one at least.

    Raises:
        InvalidRequestError: the body has another type, no photo or too many.
    """
    media_type = get_media_type(request)
    if media_type in _RAW_TYPES or media_type.startswith("image/"):
        return [await request.body()]
    if media_type == _FORM_TYPE:
        photos = await _read_form(request, max_images=MAX_IMAGES, how=_HOW)
        return [photo.image_bytes for photo in photos]
    raise wrong_type(media_type, _HOW)


async def read_batch(request: Request) -> list[NamedPhoto]:
    """Return the photos of a form in its order, one at least.

    Raises:
        InvalidRequestError: the body is no form, or has no photo or too many.
    """
    media_type = get_media_type(request)
    if media_type != _FORM_TYPE:
        raise wrong_type(media_type, _HOW_BATCH)
    return await _read_form(request, max_images=MAX_BATCH_IMAGES, how=_HOW_BATCH)


async def _read_form(request: Request, *, max_images: int, how: str) -> list[NamedPhoto]:
    try:
        async with request.form(max_files=max_images, max_fields=max_images) as form:
            parts = [value for _, value in form.multi_items()]
            files = [part for part in parts if isinstance(part, UploadFile)]
            if len(files) < len(parts):
                raise InvalidRequestError(
                    "The form has fields that are no files: give each part a file name.",
                    code="unexpected_field",
                )
            photos = [
                NamedPhoto(
                    name=(file.filename or "")[:_MAX_NAME_CHARS], image_bytes=await file.read()
                )
                for file in files
            ]
    except (HTTPException, MultiPartException) as error:
        reason = error.detail if isinstance(error, HTTPException) else error.message
        raise InvalidRequestError(
            f"The multipart form cannot be used ({reason[:120]}): {how}, at most {max_images}.",
            code="bad_form",
            status=HTTPStatus.BAD_REQUEST,
        ) from None
    if not photos:
        raise InvalidRequestError(f"The form holds no image: {how}.", code="no_image")
    return photos
