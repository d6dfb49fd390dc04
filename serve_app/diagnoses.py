"""Many photos through the service: one row for each, in order, a few at a time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from models.images import ImageError, list_images, read_image_bytes
from models.prediction_rows import Row, error_row, to_row
from serve_app.client import ApiError, LeafrayClient

# Enough to keep a small service busy, far below what it takes at once.
_NUM_AT_ONCE = 4
# What every further photo would be answered too: the run ends.
_FATAL_STATUSES = frozenset({401, 403, 404, 405})


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPhoto:
    """A photo to diagnose: how to name it, and its file; None where the path leads to none."""

    name: str
    path: Path | None


def list_photos(given: Sequence[str]) -> list[NamedPhoto]:
    """Name the photos below the paths; files keep the spelling that was given."""
    photos: list[NamedPhoto] = []
    for spelling in given:
        path = Path(spelling)
        if not path.is_dir():
            photos.append(NamedPhoto(name=spelling, path=path))
            continue
        found = [NamedPhoto(name=str(child), path=child) for child in list_images([path])]
        photos.extend(found or [NamedPhoto(name=spelling, path=None)])
    return photos


def diagnose_all(
    client: LeafrayClient, photos: Sequence[NamedPhoto], *, top_k: int
) -> Iterator[Row]:
    """Yield one row a photo; a bad photo is a row with an error.

    Raises:
        ServerUnreachableError: the service went away; rows before it were yielded.
        ApiError: the key is refused, or this is no Leafray service.
    """
    pool = ThreadPoolExecutor(_NUM_AT_ONCE, thread_name_prefix="diagnose")
    try:
        yield from pool.map(lambda photo: _diagnose(client, photo, top_k), photos)
    finally:
        pool.shutdown(cancel_futures=True)


def diagnose_bytes(client: LeafrayClient, name: str, image_bytes: bytes, *, top_k: int) -> Row:
    """Return the row of one encoded photo; raises as ``diagnose_all`` does."""
    try:
        answer = client.predict(image_bytes, top_k=top_k)
    except ApiError as error:
        if error.status in _FATAL_STATUSES or error.code == "unexpected_answer":
            raise
        return error_row(name, error.message)
    return to_row(
        name,
        predictions=answer.predictions,
        refusal_code=answer.refusal.code if answer.refusal else None,
        ood_score=answer.ood_score,
        model_version=answer.model_version,
    )


def _diagnose(client: LeafrayClient, photo: NamedPhoto, top_k: int) -> Row:
    if photo.path is None:
        return error_row(photo.name, f"there is no image in {photo.name}; name another folder")
    try:
        image_bytes = read_image_bytes(photo.path)
    except ImageError as error:
        return error_row(photo.name, error.message)
    return diagnose_bytes(client, photo.name, image_bytes, top_k=top_k)
