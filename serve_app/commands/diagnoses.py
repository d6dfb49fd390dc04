"""Many photos through the service: one row for each, in order, a few at a time."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from models.images import ImageError, list_images, read_image_bytes
from models.prediction_rows import Row, error_row, to_row
from serve_app.batch_form import BatchPhoto, split_batches
from serve_app.client import ApiError, LeafrayClient
from serve_app.schemas import BatchError, PredictionResponse

# Enough to keep a small service busy, far below what it takes at once.
_NUM_AT_ONCE = 4
# What every further photo would be answered too: the run ends.
_FATAL_STATUSES = frozenset({401, 403, 404, 405})
_BATCH_PHOTOS = 16
# Photos of a phone go one by one: a batch of them would not pass a poor connection in time.
_BATCH_BYTES = 1024 * 1024
_BUSY = "busy"


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
    # Few photos are spread over all connections rather than put into one batch.
    max_photos = min(_BATCH_PHOTOS, math.ceil(len(photos) / _NUM_AT_ONCE))
    sizes = [_get_size(photo) for photo in photos]
    pool = ThreadPoolExecutor(_NUM_AT_ONCE, thread_name_prefix="diagnose")
    try:
        spans = split_batches(sizes, max_photos=max_photos, max_bytes=_BATCH_BYTES)
        batches: list[Sequence[NamedPhoto]] = [photos[span] for span in spans]
        for rows in pool.map(lambda batch: _diagnose(client, batch, top_k), batches):
            yield from rows
    finally:
        pool.shutdown(cancel_futures=True)


def diagnose_bytes(client: LeafrayClient, name: str, image_bytes: bytes, *, top_k: int) -> Row:
    """Return the row of one encoded photo; raises as ``diagnose_all`` does."""
    try:
        return _to_row(name, client.predict(image_bytes, top_k=top_k))
    except ApiError as error:
        _raise_if_fatal(error)
        return error_row(name, error.message)


def _diagnose(client: LeafrayClient, photos: Sequence[NamedPhoto], top_k: int) -> list[Row]:
    rows: dict[int, Row] = {}
    batch: dict[int, BatchPhoto] = {}
    for index, photo in enumerate(photos):
        try:
            batch[index] = BatchPhoto(name=photo.name, image_bytes=_read(photo))
        except ImageError as error:
            rows[index] = error_row(photo.name, error.message)
    rows |= zip(batch, _ask(client, list(batch.values()), top_k), strict=True)
    return [rows[index] for index in range(len(photos))]


def _ask(client: LeafrayClient, batch: Sequence[BatchPhoto], top_k: int) -> list[Row]:
    if len(batch) <= 1:
        return [
            diagnose_bytes(client, photo.name, photo.image_bytes, top_k=top_k) for photo in batch
        ]
    try:
        results = client.predict_batch(batch, top_k=top_k)
    except ApiError as error:
        _raise_if_fatal(error)
        return [error_row(photo.name, error.message) for photo in batch]
    return [
        # Nothing was computed for it; asked for alone it is asked for again a few times.
        diagnose_bytes(client, photo.name, photo.image_bytes, top_k=top_k)
        if isinstance(result, BatchError) and result.code == _BUSY
        else _to_row(photo.name, result)
        for photo, result in zip(batch, results, strict=True)
    ]


def _to_row(name: str, answer: PredictionResponse | BatchError) -> Row:
    if isinstance(answer, BatchError):
        return error_row(name, answer.message)
    return to_row(
        name,
        predictions=answer.predictions,
        refusal_code=answer.refusal.code if answer.refusal else None,
        ood_score=answer.ood_score,
        model_version=answer.model_version,
    )


def _raise_if_fatal(error: ApiError) -> None:
    if error.status in _FATAL_STATUSES or error.code == "unexpected_answer":
        raise error


def _read(photo: NamedPhoto) -> bytes:
    if photo.path is None:
        raise ImageError("missing", f"there is no image in {photo.name}; name another folder")
    return read_image_bytes(photo.path)


def _get_size(photo: NamedPhoto) -> int:
    """Return the file's size; what cannot be read is refused later, with its reason."""
    try:
        return photo.path.stat().st_size if photo.path is not None else 0
    except OSError:
        return 0
