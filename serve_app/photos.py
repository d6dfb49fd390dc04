"""The photos of a request: its raw body, or the files of a multipart form."""

from http import HTTPStatus

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from serve_app.errors import InvalidRequestError
from serve_app.schemas import MAX_IMAGES

_HOW = "send the image's bytes with Content-Type image/jpeg, or a multipart form with image files"
_RAW_TYPES = frozenset({"", "application/octet-stream"})


async def read_photos(request: Request) -> list[bytes]:
    """Return the encoded photos of a request, one at least.

    Raises:
        InvalidRequestError: the body has another type, no photo or too many.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in _RAW_TYPES or media_type.startswith("image/"):
        return [await request.body()]
    if media_type == "multipart/form-data":
        return await _read_form(request)
    raise InvalidRequestError(
        f"Content-Type {media_type[:80]!r} is not taken: {_HOW}.",
        code="unsupported_media_type",
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    )


async def _read_form(request: Request) -> list[bytes]:
    try:
        async with request.form(max_files=MAX_IMAGES, max_fields=MAX_IMAGES) as form:
            parts = [value for _, value in form.multi_items()]
            files = [part for part in parts if isinstance(part, UploadFile)]
            if len(files) < len(parts):
                raise InvalidRequestError(
                    "The form has fields that are no files: give each part a file name.",
                    code="unexpected_field",
                )
            photos = [await file.read() for file in files]
    except (HTTPException, MultiPartException) as error:
        reason = error.detail if isinstance(error, HTTPException) else error.message
        raise InvalidRequestError(
            f"The multipart form cannot be used ({reason[:120]}): {_HOW}, at most {MAX_IMAGES}.",
            code="bad_form",
            status=HTTPStatus.BAD_REQUEST,
        ) from None
    if not photos:
        raise InvalidRequestError(f"The form holds no image: {_HOW}.", code="no_image")
    return photos
