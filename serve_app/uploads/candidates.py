"""Files that wait for their check: each has a name, and its bytes when they are asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from cluster.uploads.inbox import list_received
from cluster.uploads.store import UploadStore
from cluster.uploads.values import ReceivedFile
from models.artifact import hash_file
from models.images import ImageError, read_image_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One file; ``read`` returns its bytes, or raises ``models.images.ImageError``."""

    name: str
    read: Callable[[], bytes]


def list_candidates(store: UploadStore, upload_id: str) -> Iterator[Candidate]:
    """Yield the files that came by forms, in the order of their coming."""
    for file in list_received(store.layout, upload_id):
        yield Candidate(name=file.name, read=partial(_read_received, store, upload_id, file))


def _read_received(store: UploadStore, upload_id: str, file: ReceivedFile) -> bytes:
    if file.code is not None:
        raise ImageError(file.code, file.reason or file.code)
    path = store.layout.quarantine_path(upload_id, file.sha256)
    if not path.exists() or hash_file(path) != file.sha256:
        # Written, but not to the disk before the power went.
        raise ImageError("lost", "the server lost this file in a breakdown; send it again")
    return read_image_bytes(path)
